import logging
from datetime import datetime
from uuid import UUID

from apps.orders import selectors
from apps.orders.events import OrderPaid
from apps.orders.models import Order
from apps.orders.states import PaymentStatus
from apps.shared import context
from apps.shared.db import joins_transaction
from apps.shared.outbox.emit import emit

logger = logging.getLogger(__name__)


@joins_transaction
def mark_order_paid(*, order_id: UUID, payment_id: UUID, now: datetime) -> Order:
    """The order's total was collected: a verified fact of the provider says so (ORDER-005).

    Called by the settlement of a payment only; no API and no admin action leads here.

    Raises OrderNotFound, InvalidTransition.
    """
    order = selectors.order_for_update(order_id=order_id)
    order.move_to(payment=PaymentStatus.PAID, actor=context.actor.get(), now=now, paid_at=now)
    paid = OrderPaid(
        order_id=str(order.pk),
        number=order.number,
        paid_at=now.isoformat(),
        payment_id=str(payment_id),
    )
    emit(paid, now=now)
    logger.info("order.paid", extra={"order": order.public_id, "payment": f"pay_{payment_id.hex}"})
    return order
