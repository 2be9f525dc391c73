"""How payments stand at the bank, asked by the MD5 of their codes."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from apps.payments.errors import ProviderRefused
from apps.payments.gateways.bakong.amounts import AMOUNTS
from apps.payments.gateways.bakong.calls import FAILED, NOT_FOUND, bakong_call
from apps.payments.gateways.bakong.codes import Name, name_of
from apps.payments.gateways.base import ProviderIntent, ProviderState

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 50
_ALONE = "check_transaction_by_md5"
_TOGETHER = "check_transaction_by_md5_list"


def fetch(reference: str, *, token: str, now: datetime) -> ProviderIntent:
    """Raises ProviderUnavailable, ProviderRefused."""
    name = name_of(reference)
    answer = bakong_call(_ALONE, {"md5": name.md5}, token=token)
    if not answer["responseCode"]:
        return _paid(name, answer["data"])
    if answer.get("errorCode") == FAILED:
        return _failed(name, now)
    if answer.get("errorCode") == NOT_FOUND:
        return _unpaid(name, now)
    raise ProviderRefused(str(answer.get("responseMessage", "")), reason="refused")


def fetch_many(references: Sequence[str], *, token: str, now: datetime) -> list[ProviderIntent]:
    """In the order in which they are asked for, by fifty. Raises ProviderUnavailable,
    ProviderRefused."""
    found: list[ProviderIntent] = []
    for begin in range(0, len(references), MOST_AT_ONCE):
        names = [name_of(one) for one in references[begin : begin + MOST_AT_ONCE]]
        answer = bakong_call(_TOGETHER, [one.md5 for one in names], token=token)
        if answer["responseCode"]:
            raise ProviderRefused(str(answer.get("responseMessage", "")), reason="refused")
        told = {one["md5"]: one for one in answer["data"]}
        found += [_listed(one, told.get(one.md5) or {}, now) for one in names]
    return found


def _listed(name: Name, told: Mapping[str, Any], now: datetime) -> ProviderIntent:
    if told.get("status") == "SUCCESS" and told.get("data"):
        return _paid(name, told["data"])
    return _failed(name, now) if told.get("status") == "FAILED" else _unpaid(name, now)


def _paid(name: Name, data: Mapping[str, Any]) -> ProviderIntent:
    """What was paid; an amount that nobody can read counts as 0, and is flagged as a wrong one."""
    currency = str(data["currency"]).upper()
    try:
        received = AMOUNTS.from_provider(f"{data['amount']:f}", currency)
    except (ValueError, TypeError) as error:
        logger.error("bakong.unreadable_amount", extra={"payment": str(name), "error": str(error)})
        received = 0
    return ProviderIntent(
        reference=str(name),
        state=ProviderState.SUCCEEDED,
        amount_received=received,
        currency=currency,
        capture_reference=str(data["hash"]),
    )


def _unpaid(name: Name, now: datetime) -> ProviderIntent:
    """Nobody has paid it; once it is over, nobody will."""
    is_over = name.is_over(now)
    return ProviderIntent(
        reference=str(name),
        state=ProviderState.CANCELLED if is_over else ProviderState.OPEN,
        amount_received=0,
        currency="",
    )


def _failed(name: Name, now: datetime) -> ProviderIntent:
    return replace(
        _unpaid(name, now),
        failure_code="transaction_failed",
        failure_message="The bank refused the payment.",
    )
