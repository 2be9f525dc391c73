"""Stripe's disputes in our words: https://docs.stripe.com/api/disputes/object."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import stripe

from apps.payments.gateways.base import DisputeState, ProviderDispute
from apps.payments.gateways.stripe.amounts import AMOUNTS
from apps.payments.gateways.stripe.calls import stripe_call

_PAGE = 100  # Stripe's longest

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


def fetch(api: stripe.StripeClient, reference: str) -> ProviderDispute:
    """Raises ProviderUnavailable, ProviderRefused."""
    return dispute(stripe_call(lambda: api.v1.disputes.retrieve(reference)).to_dict(), told_at=None)


def opened(api: stripe.StripeClient, *, since: datetime, until: datetime) -> list[ProviderDispute]:
    """Those that were opened in [since, until), oldest first. Raises ProviderUnavailable,
    ProviderRefused."""

    def all_pages() -> list[stripe.Dispute]:
        first = api.v1.disputes.list(
            {
                "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
                "limit": _PAGE,
            }
        )
        return list(first.auto_paging_iter())

    found = [one.to_dict() for one in reversed(stripe_call(all_pages))]
    return [dispute(one, told_at=None) for one in found if one.get("payment_intent")]


def dispute(source: Mapping[str, Any], *, told_at: int | None) -> ProviderDispute:
    """Stripe's object as an event of `told_at` (seconds since 1970) tells it, or its answer."""
    currency = source["currency"].upper()
    moved = source.get("balance_transactions") or []
    due = (source.get("evidence_details") or {}).get("due_by")
    return ProviderDispute(
        reference=source["id"],
        payment_reference=source["payment_intent"],
        state=_STATES.get(source["status"], DisputeState.REVIEW),
        amount=AMOUNTS.from_provider(source["amount"], currency),
        currency=currency,
        reason=source.get("reason") or "",
        at=None if told_at is None else datetime.fromtimestamp(told_at, UTC),
        evidence_due_at=datetime.fromtimestamp(due, UTC) if due else None,
        # On the balance, whose currency may be another than the payment's.
        fee=sum(AMOUNTS.from_provider(one["fee"], one["currency"].upper()) for one in moved),
        fee_currency=moved[0]["currency"].upper() if moved else "",
    )
