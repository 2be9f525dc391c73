"""Stripe's disputes in our words: https://docs.stripe.com/api/disputes/object."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from apps.payments.gateways.base import DisputeState, ProviderDispute
from apps.payments.gateways.stripe.amounts import AMOUNTS

# The warnings are inquiries: no money has moved, and a good answer keeps it so.
_STATES = {
    "needs_response": DisputeState.OPEN,
    "warning_needs_response": DisputeState.OPEN,
    "under_review": DisputeState.REVIEW,
    "warning_under_review": DisputeState.REVIEW,
    "won": DisputeState.WON,
    "warning_closed": DisputeState.WON,
    "prevented": DisputeState.WON,
    "lost": DisputeState.LOST,
}


def dispute(source: Mapping[str, Any], *, told_at: int) -> ProviderDispute:
    """Stripe's object as an event of `told_at` (seconds since 1970) tells it."""
    currency = source["currency"].upper()
    due = (source.get("evidence_details") or {}).get("due_by")
    return ProviderDispute(
        reference=source["id"],
        payment_reference=source["payment_intent"],
        state=_STATES.get(source["status"], DisputeState.REVIEW),
        amount=AMOUNTS.from_provider(source["amount"], currency),
        currency=currency,
        reason=source.get("reason") or "",
        at=datetime.fromtimestamp(told_at, UTC),
        evidence_due_at=datetime.fromtimestamp(due, UTC) if due else None,
    )
