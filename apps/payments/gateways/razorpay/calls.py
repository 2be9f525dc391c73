"""Calls through the official SDK; its errors in our words.

The SDK has no timeout of its own, prints what the network did to standard output, and cannot read
an answer that is no JSON: its session is ours, and says all that before the SDK looks.
"""

import logging
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from apps.payments.errors import ProviderRefused, ProviderUnavailable
from apps.payments.gateways.razorpay.credentials import RazorpayCredentials
from apps.payments.gateways.slots import CallSlots

if TYPE_CHECKING:
    from razorpay import Client

logger = logging.getLogger(__name__)
_slots = CallSlots("razorpay", settings.RAZORPAY_CALLS_AT_ONCE)
_REASONS = {
    401: "credentials_refused",
    403: "credentials_refused",
    409: "under_way",  # the same refund, sent a moment ago
    429: "too_many_requests",
}


class _Transport(requests.Session):
    """Raises ProviderUnavailable for whatever says nothing about the request itself."""

    def request(self, *arguments: Any, **options: Any) -> requests.Response:
        options.setdefault("timeout", settings.RAZORPAY_TIMEOUT_SECONDS)
        try:
            answer = super().request(*arguments, **options)
        except requests.RequestException as error:
            raise _unavailable("no_answer", type(error).__name__) from error
        if answer.status_code in _REASONS:
            raise _unavailable(_REASONS[answer.status_code], str(answer.status_code))
        if answer.status_code >= 500 or not _is_json(answer):
            raise _unavailable("provider_error", str(answer.status_code))
        return answer


def client_of(credentials: RazorpayCredentials) -> "Client":
    """One client per account and process: it keeps its connections."""
    return _client(credentials.key_id, credentials.key_secret, settings.RAZORPAY_API_BASE)


def razorpay_call(send: Callable[[], Any]) -> dict[str, Any]:
    """Run an SDK call. Raises ProviderRefused; ProviderUnavailable, also when too many calls of
    this process are under way."""
    from razorpay.errors import BadRequestError, GatewayError, ServerError

    with _slots.slot():
        try:
            return dict(send())
        except BadRequestError as error:
            raise ProviderRefused(str(error), reason="refused") from error
        except (GatewayError, ServerError) as error:
            raise _unavailable("provider_error", type(error).__name__) from error


@lru_cache(maxsize=512)
def _client(key_id: str, key_secret: str, base: str) -> "Client":
    # Imported when the first shop needs it: that takes half a second of every process.
    import razorpay

    transport = _Transport()
    again = Retry(total=1, backoff_factor=0.2, allowed_methods=["GET"], status_forcelist=[502, 503])
    for scheme in ("https://", "http://"):
        transport.mount(scheme, HTTPAdapter(max_retries=again))
    options = {"base_url": base} if base else {}
    return razorpay.Client(session=transport, auth=(key_id, key_secret), **options)


def _is_json(answer: requests.Response) -> bool:
    return "json" in answer.headers.get("Content-Type", "") or answer.status_code == 204


def _unavailable(reason: str, error: str) -> ProviderUnavailable:
    """Whether it happened is not known."""
    logger.warning(
        "provider.unavailable", extra={"provider": "razorpay", "error": error, "reason": reason}
    )
    return ProviderUnavailable(reason=reason)
