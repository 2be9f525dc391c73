"""A Stripe account's balance: what Stripe kept of each charge and refund, and its payouts.

Source: https://docs.stripe.com/api/balance_transactions and /payouts, the newest first, in pages of
a hundred by cursor. An entry is in the balance's currency. Only of automatic payouts Stripe says
what they consist of, once `reconciliation_status` is completed; the payout itself is listed among
that. A fee has Stripe's own part, and with Connect the platform's.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import stripe

from apps.payments.gateways.base import (
    MovementKind,
    PayoutState,
    ProviderMovement,
    ProviderPayout,
)
from apps.payments.gateways.stripe.amounts import AMOUNTS
from apps.payments.gateways.stripe.calls import stripe_call

_PAGE = 100  # Stripe's longest
_KINDS = {
    "charge": MovementKind.CAPTURE,
    "payment": MovementKind.CAPTURE,
    "refund": MovementKind.REFUND,
    "payment_refund": MovementKind.REFUND,
    "refund_failure": MovementKind.REFUND,
    "payment_reversal": MovementKind.REFUND,
    "payment_failure_refund": MovementKind.REFUND,
}
_PAYOUT = "payout"
_STATES = {
    "paid": PayoutState.PAID,
    "failed": PayoutState.FAILED,
    "canceled": PayoutState.CANCELLED,
}
_List = Callable[[Any], Any]


def movements(
    api: stripe.StripeClient, *, since: datetime, until: datetime
) -> Iterator[ProviderMovement]:
    """Of charges and refunds. Raises ProviderUnavailable, ProviderRefused."""
    entries = _pages(api.v1.balance_transactions.list, _created(since, until), "data.source")
    return (_movement(one) for one in entries if one["type"] in _KINDS)


def payouts(
    api: stripe.StripeClient, *, since: datetime, until: datetime
) -> Iterator[ProviderPayout]:
    """Raises ProviderUnavailable, ProviderRefused."""
    return (_payout(one) for one in _pages(api.v1.payouts.list, _created(since, until)))


def consists_of(api: stripe.StripeClient, reference: str) -> Iterator[ProviderMovement]:
    """Of an automatic payout. Raises ProviderUnavailable, ProviderRefused."""
    entries = _pages(api.v1.balance_transactions.list, {"payout": reference}, "data.source")
    return (_movement(one) for one in entries if one["type"] != _PAYOUT)


def _pages(listed: _List, wanted: Mapping[str, Any], *expand: str) -> Iterator[dict[str, Any]]:
    query = {**wanted, "limit": _PAGE, **({"expand": list(expand)} if expand else {})}
    while True:
        page = stripe_call(lambda query=query: listed(query)).to_dict()  # type: ignore[misc]
        yield from page["data"]
        if not page["has_more"]:
            return
        query = {**query, "starting_after": page["data"][-1]["id"]}


def _created(since: datetime, until: datetime) -> dict[str, Any]:
    return {"created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())}}


def _movement(entry: Mapping[str, Any]) -> ProviderMovement:
    currency = entry["currency"].upper()
    source = entry.get("source")
    led_to_it = source.get("payment_intent") if isinstance(source, dict) else None
    parts = entry.get("fee_details") or []
    tax = sum(one["amount"] for one in parts if one["type"] == "tax")
    return ProviderMovement(
        reference=entry["id"],
        kind=_KINDS.get(entry["type"], MovementKind.OTHER),
        amount=AMOUNTS.from_provider(entry["amount"], currency),
        currency=currency,
        at=datetime.fromtimestamp(entry["created"], UTC),
        fee=AMOUNTS.from_provider(entry["fee"], currency),
        tax=AMOUNTS.from_provider(tax, currency),
        payment_reference=led_to_it or "",
    )


def _payout(source: Mapping[str, Any]) -> ProviderPayout:
    currency = source["currency"].upper()
    return ProviderPayout(
        reference=source["id"],
        amount=AMOUNTS.from_provider(source["amount"], currency),
        currency=currency,
        state=_STATES.get(source["status"], PayoutState.UNDER_WAY),
        at=datetime.fromtimestamp(source["created"], UTC),
        is_itemized=bool(source["automatic"]),
        is_complete=source["reconciliation_status"] == "completed",
    )
