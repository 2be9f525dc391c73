"""Razorpay's disputes in our words: https://razorpay.com/docs/api/disputes/entity/."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from apps.payments.errors import ProviderRefused
from apps.payments.gateways.base import DisputeState, ProviderDispute
from apps.payments.gateways.razorpay.amounts import AMOUNTS
from apps.payments.gateways.razorpay.calls import razorpay_call

if TYPE_CHECKING:
    from razorpay import Client

_STATES = {
    "open": DisputeState.OPEN,
    "under_review": DisputeState.REVIEW,
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
}
_PAGE = 100  # Razorpay's longest


def fetch(api: "Client", reference: str) -> ProviderDispute:
    """Raises ProviderUnavailable, ProviderRefused; that also of one that is closed: nobody has to
    do anything about it any more."""
    found = dispute(razorpay_call(lambda: api.dispute.fetch(reference)))
    if found is None:
        raise ProviderRefused("The dispute was closed.", reason="dispute_closed")
    return found


def opened(api: "Client", *, since: datetime, until: datetime) -> list[ProviderDispute]:
    """Those that were opened in [since, until), oldest first. Raises ProviderUnavailable,
    ProviderRefused."""
    found: list[Mapping[str, Any]] = []
    skip = 0
    while True:
        query = {"from": int(since.timestamp()), "count": _PAGE, "skip": skip}
        items = razorpay_call(lambda query=query: api.dispute.all(query))["items"]  # type: ignore[misc]
        found += items
        if len(items) < _PAGE:
            break
        skip += _PAGE
    first, end = int(since.timestamp()), int(until.timestamp())
    told = [dispute(one) for one in reversed(found) if first <= one["created_at"] < end]
    return [one for one in told if one is not None]


def dispute(
    source: Mapping[str, Any], *, payment_reference: str = "", told_at: int | None = None
) -> ProviderDispute | None:
    """Razorpay's entity as an event of `told_at` (seconds since 1970) tells it, or its answer; None
    of one that is closed. Without `payment_reference` its payment stands for the order."""
    state = _STATES.get(source["status"])
    if state is None:
        return None
    due, currency = source.get("respond_by"), source["currency"]
    deducted = source.get("amount_deducted") if state is DisputeState.LOST else None
    return ProviderDispute(
        reference=source["id"],
        payment_reference=payment_reference or source["payment_id"],
        state=state,
        amount=AMOUNTS.from_provider(source["amount"], currency),
        currency=currency,
        reason=str(source.get("reason_code") or ""),
        at=None if told_at is None else datetime.fromtimestamp(told_at, UTC),
        evidence_due_at=datetime.fromtimestamp(due, UTC) if due else None,
        # 0 until Razorpay has taken it.
        deducted=AMOUNTS.from_provider(deducted, currency) if deducted else None,
    )
