from datetime import datetime
from uuid import UUID

from apps.orders import selectors
from apps.orders.models import Order
from apps.orders.states import PaymentStatus
from apps.shared import context
from apps.shared.db import joins_transaction


@joins_transaction
def await_payment(*, order_id: UUID, now: datetime) -> Order:
    """The provider knows of the payment: what is missing is the shopper's confirmation.

    Does nothing to an order that is further on already.

    Raises OrderNotFound.
    """
    order = selectors.order_for_update(order_id=order_id)
    if order.payment_status == PaymentStatus.UNPAID and not order.closed:
        order.move_to(payment=PaymentStatus.AWAITING_PAYMENT, actor=context.actor.get(), now=now)
    return order
