import logging
from datetime import datetime
from uuid import UUID

from apps.orders import selectors
from apps.orders.events import OrderPaid
from apps.orders.models import Order
from apps.orders.states import PaymentStatus
from apps.shared import context
from apps.shared.db import joins_transaction
from apps.shared.money import Money
from apps.shared.outbox.emit import emit

logger = logging.getLogger(__name__)


@joins_transaction
def mark_order_paid(
    *, order_id: UUID, payment_id: UUID, reduction_amount: int = 0, now: datetime
) -> Order:
    """The order's total was collected: a verified fact of the provider says so (ORDER-005).

    `reduction_amount`: so much less, which the shop did not capture; the snapshot stays as it is
    (ORDER-008) and says it. Called by the settlement of a payment only; no API and no admin action
    leads here.

    Raises OrderNotFound, InvalidTransition.
    """
    order = selectors.order_for_update(order_id=order_id)
    order.move_to(
        payment=PaymentStatus.PAID,
        actor=context.actor.get(),
        now=now,
        reason=_reason(order, reduction_amount),
        paid_at=now,
        reduction_amount=reduction_amount,
    )
    paid = OrderPaid(
        order_id=str(order.pk),
        number=order.number,
        paid_at=now.isoformat(),
        payment_id=str(payment_id),
        reduction_amount=reduction_amount,
    )
    emit(paid, now=now)
    logger.info("order.paid", extra={"order": order.public_id, "payment": f"pay_{payment_id.hex}"})
    return order


def _reason(order: Order, reduction_amount: int) -> str:
    if not reduction_amount:
        return ""
    charged = Money(order.total_amount - reduction_amount, order.currency).display()
    return f"{charged} captured of {Money(order.total_amount, order.currency).display()}"
