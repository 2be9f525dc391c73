"""Calls through the official SDK (API version as pinned by it: 2026-10-28)."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from typing import TypeVar

import requests
import stripe
from django.conf import settings
from requests.utils import get_environ_proxies

from apps.payments.errors import PaymentDeclined, ProviderRefused, ProviderUnavailable
from apps.payments.gateways.stripe.credentials import StripeCredentials

T = TypeVar("T")
logger = logging.getLogger(__name__)

# A slow provider may not take every thread of a web process: the others serve who only looks.
_slots = threading.BoundedSemaphore(settings.STRIPE_CALLS_AT_ONCE)
_LONGEST_WAIT_SECONDS = 1.0


def client_for(credentials: StripeCredentials) -> stripe.StripeClient:
    """The client for an account: by its own key, or by the platform's (Connect)."""
    if credentials.connected_account:
        return client_of(settings.STRIPE_CONNECT_SECRET_KEY, credentials.connected_account)
    return client_of(credentials.secret_key)


@lru_cache(maxsize=512)
def client_of(secret_key: str, connected_account: str = "") -> stripe.StripeClient:
    """One client per account and process."""
    return stripe.StripeClient(
        secret_key,
        stripe_account=connected_account or None,
        base_addresses={"api": settings.STRIPE_API_BASE} if settings.STRIPE_API_BASE else None,
        http_client=_http_client(),
        max_network_retries=1,
    )


@lru_cache(maxsize=1)
def _http_client() -> stripe.RequestsClient:
    """One for all accounts: the connections that it keeps are to Stripe, whosever call it is.

    Who asks is in each request's headers; cookies, which would be shared, are not kept. Proxies are
    looked up in the environment once, not for each call.
    """
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    session.trust_env = False
    session.proxies = get_environ_proxies(settings.STRIPE_API_BASE or stripe.DEFAULT_API_BASE)
    return stripe.RequestsClient(timeout=settings.STRIPE_TIMEOUT_SECONDS, session=session)


def stripe_call(send: Callable[[], T]) -> T:
    """Run an SDK call; its errors in our words.

    Raises PaymentDeclined, ProviderRefused, ProviderUnavailable; the last one also when too many
    calls of this process are under way.
    """
    try:
        with _slot():
            return send()
    except stripe.CardError as error:
        raise PaymentDeclined(
            error.user_message or "", decline_code=str(error.code or "declined")
        ) from error
    except stripe.InvalidRequestError as error:
        raise ProviderRefused(error.user_message or str(error)) from error
    except stripe.StripeError as error:
        # Network, rate limit, 5xx, wrong key: whether it happened is not known.
        logger.warning("provider.unavailable", extra={"error": type(error).__name__})
        raise ProviderUnavailable(reason=_reason_of(error)) from error


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(timeout=_LONGEST_WAIT_SECONDS):
        logger.warning("provider.busy")
        raise ProviderUnavailable(reason="busy")
    try:
        yield
    finally:
        _slots.release()


def _reason_of(error: stripe.StripeError) -> str:
    """Why, in a word that callers may be shown."""
    if isinstance(error, stripe.APIConnectionError):
        return "no_answer"
    if isinstance(error, stripe.RateLimitError):
        return "too_many_requests"
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        return "credentials_refused"
    return "provider_error"
