"""Calls to the National Bank of Cambodia's open API: https://api-bakong.nbc.gov.kh/document.

The bank has no SDK for it. It answers callers in Cambodia only: others set BAKONG_PROXY. Every
answer has `responseCode`, 0 when all is well, else an `errorCode` that says why not.
"""

import json
import logging
from decimal import Decimal
from functools import lru_cache
from typing import Any

import requests
from django.conf import settings

from apps.payments.errors import ProviderRefused, ProviderUnavailable
from apps.payments.gateways.slots import CallSlots

logger = logging.getLogger(__name__)
_slots = CallSlots("bakong", settings.BAKONG_CALLS_AT_ONCE)
_BASE = "https://api-bakong.nbc.gov.kh"
_REASONS = {
    401: "credentials_refused",
    403: "not_from_cambodia",
    429: "too_many_requests",
}

NOT_FOUND, FAILED, UNAUTHORIZED = 1, 3, 6


def bakong_call(
    call: str, body: object, *, token: str = "", seconds: float | None = None
) -> dict[str, Any]:
    """What the bank answers, failures of its own kind included; amounts as Decimal.

    Raises ProviderRefused for a request that it cannot read; ProviderUnavailable, also when too
    many calls of this process are under way.
    """
    url = f"{settings.BAKONG_API_BASE or _BASE}/v1/{call}"
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    timeout = seconds or settings.BAKONG_TIMEOUT_SECONDS
    try:
        with _slots.slot():
            answer = _session(settings.BAKONG_PROXY).post(
                url, json=body, headers=headers, timeout=timeout, allow_redirects=False
            )
    except requests.RequestException as error:
        raise _unavailable("no_answer", type(error).__name__) from error
    if answer.status_code in _REASONS or answer.status_code >= 500:
        reason = _REASONS.get(answer.status_code, "provider_error")
        raise _unavailable(reason, str(answer.status_code))
    found = _read(answer)
    if answer.status_code != 200:
        raise ProviderRefused(str(found.get("responseMessage", "")), reason="refused")
    if found["responseCode"] and found.get("errorCode") == UNAUTHORIZED:
        raise _unavailable("credentials_refused", "unauthorized")
    return found


def _read(answer: requests.Response) -> dict[str, Any]:
    try:
        found = json.loads(answer.content, parse_float=Decimal)
        return dict(found) | {"responseCode": int(found["responseCode"])}
    except (ValueError, KeyError, TypeError) as error:
        raise _unavailable("provider_error", "no JSON") from error


@lru_cache(maxsize=2)
def _session(proxy: str) -> requests.Session:
    """Keeps its connections. A session's cookies say nothing here."""
    session = requests.Session()
    if proxy:
        session.proxies = {"http": proxy, "https": proxy}
        session.trust_env = False
    return session


def _unavailable(reason: str, error: str) -> ProviderUnavailable:
    """Whether it happened is not known; nothing that is asked here moves money."""
    logger.warning(
        "provider.unavailable", extra={"provider": "bakong", "error": error, "reason": reason}
    )
    return ProviderUnavailable(reason=reason)
