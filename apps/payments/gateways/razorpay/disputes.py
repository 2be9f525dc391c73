"""Razorpay's disputes in our words: https://razorpay.com/docs/api/disputes/entity/."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

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
    # Ended without a word for either side: no money has moved.
    "closed": DisputeState.WON,
}
_PAGE = 100  # Razorpay's longest


def fetch(api: "Client", reference: str) -> ProviderDispute:
    """Raises ProviderUnavailable, ProviderRefused."""
    return dispute(razorpay_call(lambda: api.dispute.fetch(reference)))


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
    return [dispute(one) for one in reversed(found) if first <= one["created_at"] < end]


def dispute(
    source: Mapping[str, Any], *, payment_reference: str = "", told_at: int | None = None
) -> ProviderDispute:
    """Razorpay's entity as an event of `told_at` (seconds since 1970) tells it, or its answer.
    Without `payment_reference` its payment stands for the order."""
    state = _STATES.get(source["status"], DisputeState.REVIEW)
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
