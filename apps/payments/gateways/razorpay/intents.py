"""Razorpay's orders and their payments in our words.

Source: https://razorpay.com/docs/api/orders/ and /payments/. An order may see several payments:
failed ones, and one that is authorized and then captured, by Razorpay itself or by us. Orders
cannot be cancelled. Their creation has no idempotency key, but a receipt by which they are found:
of several with ours, the oldest is the payment, whoever asks, and nobody is told of the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from apps.payments.errors import ProviderRefused
from apps.payments.gateways.amounts import AmountNotRepresentable
from apps.payments.gateways.base import IntentRequest, ProviderIntent, ProviderState
from apps.payments.gateways.razorpay.amounts import AMOUNTS
from apps.payments.gateways.razorpay.calls import razorpay_call

if TYPE_CHECKING:
    from razorpay import Client

Entity = Mapping[str, Any]
_PAGE = 100  # Razorpay's longest


def create(api: "Client", request: IntentRequest) -> ProviderIntent:
    """Raises ProviderUnavailable, ProviderRefused."""
    try:
        amount = AMOUNTS.to_provider(request.amount, request.currency)
    except AmountNotRepresentable as error:
        raise ProviderRefused(str(error), reason="amount_not_representable") from None
    if (known := _oldest(api, request.payment)) is not None:
        return intent(known, payments_of(api, known["id"]))
    wanted = {
        "amount": amount,
        "currency": request.currency,
        "receipt": request.payment,
        "notes": request.metadata,
        "payment_capture": not request.is_captured_by_hand,
    }
    made = razorpay_call(lambda: api.order.create(wanted))
    # Somebody may have asked at the same time: both get the one that came first.
    return intent(_oldest(api, request.payment) or made, [])


def fetch(api: "Client", reference: str) -> ProviderIntent:
    """Raises ProviderUnavailable, ProviderRefused."""
    order = razorpay_call(lambda: api.order.fetch(reference))
    return intent(order, payments_of(api, reference) if order["attempts"] else [])


def payments_of(api: "Client", reference: str) -> list[Entity]:
    """All attempts at an order. Raises ProviderUnavailable, ProviderRefused."""
    return list(razorpay_call(lambda: api.order.payments(reference))["items"])


def capture(api: "Client", reference: str, *, amount: int, currency: str) -> ProviderIntent:
    """Take the money of an authorized payment, which can happen once.

    Raises ProviderUnavailable, ProviderRefused.
    """
    known = fetch(api, reference)
    if known.state is not ProviderState.AUTHORIZED:
        return known
    wanted = AMOUNTS.to_provider(amount, currency)
    try:
        razorpay_call(
            lambda: api.payment.capture(known.capture_reference, wanted, {"currency": currency})
        )
    except ProviderRefused:
        now = fetch(api, reference)
        if now.state is not ProviderState.SUCCEEDED:
            raise
        return now
    return fetch(api, reference)


def intent(order: Entity, payments: Sequence[Entity]) -> ProviderIntent:
    """An order with its payments."""
    told = ProviderIntent(
        reference=order["id"],
        state=ProviderState.OPEN,
        amount_received=0,
        currency=order["currency"],
        client={"razorpay_order_id": order["id"]},
        metadata=notes_of(order),
    )
    captured = [one for one in payments if one["captured"]]
    if captured:
        first = of_payment(captured[0])
        total = sum(AMOUNTS.from_provider(one["amount"], one["currency"]) for one in captured)
        return replace(
            told,
            state=ProviderState.SUCCEEDED,
            amount_received=total,
            currency=first.currency,
            capture_reference=first.capture_reference,
        )
    for status in ("authorized", "failed"):
        found = next((one for one in payments if one["status"] == status), None)
        if found is not None:
            return replace(of_payment(found), client=told.client, metadata=told.metadata)
    return told


def of_payment(payment: Entity, order: Entity | None = None) -> ProviderIntent:
    """What one payment says of its order."""
    amount = AMOUNTS.from_provider(payment["amount"], payment["currency"])
    told = ProviderIntent(
        reference=payment["order_id"],
        state=ProviderState.OPEN,
        amount_received=0,
        currency=payment["currency"],
        metadata=notes_of(order or payment),
    )
    if payment["captured"]:
        return replace(
            told,
            state=ProviderState.SUCCEEDED,
            amount_received=amount,
            capture_reference=payment["id"],
        )
    if payment["status"] == "authorized":
        return replace(
            told,
            state=ProviderState.AUTHORIZED,
            amount_capturable=amount,
            capture_reference=payment["id"],
        )
    return replace(
        told,
        failure_code=payment.get("error_reason") or payment.get("error_code") or "",
        failure_message=payment.get("error_description") or "",
    )


def notes_of(entity: Entity) -> dict[str, str]:
    """Razorpay writes no notes as a list."""
    notes = entity.get("notes")
    return {str(name): str(text) for name, text in notes.items()} if isinstance(notes, dict) else {}


def _oldest(api: "Client", receipt: str) -> Entity | None:
    """The first order with a receipt; Razorpay lists the newest first."""
    found = razorpay_call(lambda: api.order.all({"receipt": receipt, "count": _PAGE}))["items"]
    return found[-1] if found else None
