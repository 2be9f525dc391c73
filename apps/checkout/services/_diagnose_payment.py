from typing import TYPE_CHECKING
from uuid import UUID

from apps.checkout.dto import Diagnosis
from apps.finance import selectors as books
from apps.orders import selectors as orders
from apps.orders.errors import OrderNotFound
from apps.orders.states import ORDER, UNPAID, OrderStatus
from apps.payments import selectors as payments
from apps.payments import services as payment_services
from apps.payments.gateways.base import ProviderIntent, ProviderState
from apps.payments.gateways.captures import pays
from apps.payments.states import IntentStatus
from apps.shared.audit.record import Target
from apps.shared.db import outside_transaction
from apps.shared.ids import public_id
from apps.shared.mending import Difference, NotMendable

if TYPE_CHECKING:
    from apps.orders.models import Order
    from apps.payments.models import PaymentIntent


_CLOSED = {"status": str(IntentStatus.CANCELLED)}


@outside_transaction
def diagnose_payment(*, payment_id: UUID) -> Diagnosis | None:
    """How a payment differs from what the provider says of it, and from what its order needs.

    The provider is only asked, never told: nothing is written here or there. None: all is well, or
    it is the shopper's turn.

    Raises NotMendable, PaymentNotFound, NoPaymentProvider, ProviderUnavailable, ProviderRefused.
    """
    intent = payments.intent_by_id(intent_id=payment_id)
    order = _order_of(intent)
    if intent.status == IntentStatus.SUCCEEDED:
        return _unsettled(intent, order)
    fact = None
    if intent.provider_reference:
        fact = payment_services.fetch_provider_intent(intent_id=payment_id)
    if fact is not None and fact.state is ProviderState.SUCCEEDED:
        return _taken(intent, order, fact)
    return _open(intent, order, fact) if intent.status == IntentStatus.PROCESSING else None


def _order_of(intent: "PaymentIntent") -> "Order | None":
    try:
        return orders.order_by_id(order_id=intent.order_id)
    except OrderNotFound:
        return None


def _unsettled(intent: "PaymentIntent", order: "Order | None") -> Diagnosis | None:
    """Its money is here: is it on the books?"""
    if intent.flag or books.is_payment_booked(payment_intent_id=intent.pk):
        return None
    if order is None:
        raise NotMendable(
            f"{intent.amount} {intent.currency} were taken for an order that does not exist: give "
            f"them back at the provider ({intent.provider_reference})"
        )
    why = "its money is here and not on the books"
    if OrderStatus.PAID in ORDER.transitions[order.status]:
        return _diagnosis(intent, order, why, {"order": "paid"}, settles=True)
    return _diagnosis(intent, order, why, {"flag": "order_not_payable"}, settles=True)


def _open(
    intent: "PaymentIntent", order: "Order | None", fact: ProviderIntent | None
) -> Diagnosis | None:
    """Nothing was taken yet: will anything be?"""
    if fact is not None and fact.state is ProviderState.CANCELLED:
        return _diagnosis(intent, order, "the provider has given it up", _CLOSED, fact=fact)
    if order is not None and order.status in UNPAID:
        return None
    why = "its order needs no money any more" if order else "it belongs to no order"
    return _diagnosis(intent, order, why, _CLOSED, gives_up=True)


def _taken(
    intent: "PaymentIntent", order: "Order | None", fact: ProviderIntent
) -> Diagnosis | None:
    """The provider has money for a payment that we do not have as succeeded."""
    why = f"the provider took {fact.amount_received} {fact.currency}"
    if not pays(intent, amount=fact.amount_received, currency=fact.currency):
        change = {"flag": "amount_mismatch"}
    elif intent.status == IntentStatus.PROCESSING:
        change = {"status": str(IntentStatus.SUCCEEDED)}
    else:
        change = {"flag": "succeeded_after_close"}
    if intent.flag == change.get("flag"):
        return None  # known: PAY-008 takes care of it
    return _diagnosis(intent, order, why, change, fact=fact)


def _diagnosis(
    intent: "PaymentIntent",
    order: "Order | None",
    why: str,
    change: dict[str, str],
    *,
    fact: ProviderIntent | None = None,
    gives_up: bool = False,
    settles: bool = False,
) -> Diagnosis:
    before = {
        "status": intent.status,
        "flag": intent.flag,
        "order": order.status if order else "none",
    }
    difference = Difference(
        target=Target("payment", intent.public_id),
        label=f"order {order.number}" if order else public_id("ord", intent.order_id),
        before=before,
        after={**before, **change},
        why=why,
    )
    return Diagnosis(difference=difference, fact=fact, gives_up=gives_up, settles=settles)
