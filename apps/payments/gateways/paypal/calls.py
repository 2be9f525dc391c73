"""Calls through the official SDK; its errors in our words.

The SDK is imported when the first shop needs it: that takes most of a second and some memory, of
every process.
"""

import json
import logging
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import requests
from django.conf import settings

from apps.payments.errors import ProviderRefused, ProviderUnavailable
from apps.payments.gateways.paypal.credentials import LIVE, PayPalCredentials
from apps.payments.gateways.slots import CallSlots

if TYPE_CHECKING:
    from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

logger = logging.getLogger(__name__)
_slots = CallSlots("paypal", settings.PAYPAL_CALLS_AT_ONCE)
_LIVE_BASE = "https://api-m.paypal.com"
_SANDBOX_BASE = "https://api-m.sandbox.paypal.com"
# Every POST of ours carries a PayPal-Request-Id, so that it may be sent twice.
_REPEATABLE = ["GET", "POST"]
_WORTH_ANOTHER_TRY = [429, 500, 502, 503, 504]


def base_of(environment: str) -> str:
    """Where the API of an account is."""
    own: str = settings.PAYPAL_API_BASE
    return own or (_LIVE_BASE if environment == LIVE else _SANDBOX_BASE)


def client_of(credentials: PayPalCredentials) -> "PaypalServersdkClient":
    """One client per account and process: it keeps its connections and its token."""
    return _client(
        credentials.client_id, credentials.client_secret, base_of(credentials.environment)
    )


def paypal_call(send: Callable[[], Any]) -> dict[str, Any]:
    """Run an SDK call; what PayPal answered, as it wrote it.

    Raises ProviderRefused with PayPal's `issue` in lower case as reason; ProviderUnavailable, also
    when too many calls of this process are under way.
    """
    from apimatic_core.exceptions.auth_validation_exception import AuthValidationException
    from paypalserversdk.exceptions.api_exception import ApiException

    try:
        with _slots.slot():
            answer = send()
        return dict(json.loads(answer.text))
    except ApiException as error:
        raise _in_our_words(error) from error
    except AuthValidationException as error:
        raise _unavailable("credentials_refused", error) from error
    except requests.RequestException as error:
        raise _unavailable("no_answer", error) from error
    except (ValueError, TypeError) as error:
        # A proxy's page instead of JSON, or half of an answer.
        raise _unavailable("provider_error", error) from error


def _in_our_words(error: Any) -> ProviderRefused | ProviderUnavailable:
    status = int(error.response_code)
    if status in (400, 404, 409, 422):
        issue, description = _issue_of(error.response.text)
        return ProviderRefused(description, reason=issue.lower())
    if status in (401, 403):
        # The token may have been revoked: the next call asks for another.
        _client.cache_clear()
        return _unavailable("credentials_refused", error)
    return _unavailable("too_many_requests" if status == 429 else "provider_error", error)


def _issue_of(text: str) -> tuple[str, str]:
    """PayPal's word for what is wrong, and its sentence."""
    try:
        body = json.loads(text)
        [first, *_] = body.get("details") or [{}]
        issue = first.get("issue") or body.get("name") or "refused"
        return str(issue), str(first.get("description") or body.get("message") or "")
    except (ValueError, AttributeError):
        return "refused", ""


def _unavailable(reason: str, error: Exception) -> ProviderUnavailable:
    """Whether it happened is not known."""
    logger.warning(
        "provider.unavailable",
        extra={"provider": "paypal", "error": type(error).__name__, "reason": reason},
    )
    return ProviderUnavailable(reason=reason)


@lru_cache(maxsize=512)
def _client(client_id: str, client_secret: str, base: str) -> "PaypalServersdkClient":
    from paypalserversdk.configuration import Configuration
    from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
    from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

    class AtBase(Configuration):  # type: ignore[misc]
        """The SDK knows PayPal's own two addresses only."""

        def get_base_uri(self, server: object = None) -> str:
            return base

    return PaypalServersdkClient(
        config=AtBase(
            timeout=settings.PAYPAL_TIMEOUT_SECONDS,
            max_retries=1,
            backoff_factor=0.2,
            retry_statuses=_WORTH_ANOTHER_TRY,
            retry_methods=_REPEATABLE,
            client_credentials_auth_credentials=ClientCredentialsAuthCredentials(
                o_auth_client_id=client_id,
                o_auth_client_secret=client_secret,
                # So much before a token's end another one is asked for.
                o_auth_clock_skew=60,
            ),
        )
    )
