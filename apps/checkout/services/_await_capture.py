from datetime import datetime
from uuid import UUID

from apps.orders import selectors as order_selectors
from apps.orders import services as orders
from apps.payments import selectors as payments
from apps.payments.gateways import provider_of
from apps.shared.db import joins_transaction


@joins_transaction
def await_capture(*, order_id: UUID, payment_id: UUID, now: datetime) -> None:
    """A shopper agreed to pay and the shop takes the money by hand: for as long as the provider
    holds it the order does not expire. One that was voided meanwhile holds nothing.

    Raises OrderNotFound, PaymentNotFound.
    """
    # Locked before the payment is looked at: who voids it shortens the time under this lock.
    order_selectors.order_for_update(order_id=order_id)
    intent = payments.intent_by_id(intent_id=payment_id)
    if intent.amount_capturable:
        held_for = provider_of(intent.provider).capabilities.authorized_for
        orders.extend_expiry(order_id=order_id, until=now + held_for)
