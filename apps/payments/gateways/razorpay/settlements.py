"""What Razorpay kept of each payment, and what it settled to the shop's bank.

Source: https://razorpay.com/docs/api/payments/ (`fee` includes `tax`), /settlements/fetch-all/ and
/settlements/fetch-recon/: all that was settled on a day, in pages of a thousand by offset. A
payment in a foreign currency has `base_amount` and `base_currency` too: balance, fees and
settlements are in the account's own. Razorpay does not say of which time zone a day is.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from apps.payments.gateways.base import (
    MovementKind,
    PayoutState,
    ProviderMovement,
    ProviderPayout,
)
from apps.payments.gateways.razorpay.amounts import AMOUNTS
from apps.payments.gateways.razorpay.calls import razorpay_call
from apps.payments.gateways.razorpay.ledger import everything

if TYPE_CHECKING:
    from razorpay import Client

_PAGE = 1000  # Razorpay's longest
_KINDS = {"payment": MovementKind.CAPTURE, "refund": MovementKind.REFUND}
_STATES = {"processed": PayoutState.PAID, "failed": PayoutState.FAILED}
# From UTC to that of the easternmost shops that Razorpay serves, in Malaysia and Singapore.
_EASTERNMOST = timedelta(hours=8)


def movements(api: "Client", *, since: datetime, until: datetime) -> Iterator[ProviderMovement]:
    """Of payments that were captured; refunds have fees only where a settlement says so.

    Raises ProviderUnavailable, ProviderRefused.
    """
    payments = everything(api.payment.all, since, until)
    return (_of_payment(one) for one in payments if one["captured"])


def settlements(
    api: "Client", *, since: datetime, until: datetime, currency: str
) -> Iterator[ProviderPayout]:
    """Raises ProviderUnavailable, ProviderRefused."""
    for one in everything(api.settlement.all, since, until):
        yield ProviderPayout(
            reference=one["id"],
            amount=AMOUNTS.from_provider(one["amount"], currency),
            currency=currency,
            state=_STATES.get(one["status"], PayoutState.UNDER_WAY),
            at=datetime.fromtimestamp(one["created_at"], UTC),
            is_complete=one["status"] == "processed",
        )


def consists_of(api: "Client", settlement: ProviderPayout) -> Iterator[ProviderMovement]:
    """Raises ProviderUnavailable, ProviderRefused."""
    days = {settlement.at.date(), (settlement.at + _EASTERNMOST).date()}
    for on in sorted(days):
        for one in _settled_on(api, on):
            if one["settlement_id"] == settlement.reference:
                yield _of_entry(one, settlement.currency)


def _settled_on(api: "Client", on: date) -> Iterator[Mapping[str, Any]]:
    skip = 0
    while True:
        query = {"year": on.year, "month": on.month, "day": on.day, "count": _PAGE, "skip": skip}
        items = razorpay_call(lambda query=query: api.settlement.report(query))["items"]  # type: ignore[misc]
        yield from items
        if len(items) < _PAGE:
            return
        skip += _PAGE


def _of_payment(payment: Mapping[str, Any]) -> ProviderMovement:
    currency = payment.get("base_currency") or payment["currency"]
    amount = payment.get("base_amount") or payment["amount"]
    fee = payment.get("fee")
    return ProviderMovement(
        reference=payment["id"],
        kind=MovementKind.CAPTURE,
        amount=AMOUNTS.from_provider(amount, currency),
        currency=currency,
        at=datetime.fromtimestamp(payment["created_at"], UTC),
        fee=None if fee is None else AMOUNTS.from_provider(fee, currency),
        tax=AMOUNTS.from_provider(payment.get("tax") or 0, currency),
        payment_reference=payment.get("order_id") or payment["id"],
    )


def _of_entry(entry: Mapping[str, Any], currency: str) -> ProviderMovement:
    """`credit` and `debit` are what the balance gained and lost, the fee taken off already."""
    fee = AMOUNTS.from_provider(entry["fee"], currency)
    net = AMOUNTS.from_provider(entry["credit"] - entry["debit"], currency)
    kind = _KINDS.get(entry["type"], MovementKind.OTHER)
    references = {
        MovementKind.CAPTURE: entry.get("order_id") or entry["entity_id"],
        MovementKind.REFUND: entry.get("payment_id"),
    }
    return ProviderMovement(
        reference=entry["entity_id"],
        kind=kind,
        amount=net + fee,
        currency=currency,
        at=datetime.fromtimestamp(entry["created_at"], UTC),
        fee=fee,
        tax=AMOUNTS.from_provider(entry["tax"], currency),
        payment_reference=references.get(kind) or "",
    )
