import logging
from datetime import datetime
from uuid import UUID

from apps.orders import selectors
from apps.orders.events import OrderCancelled
from apps.orders.models import Order
from apps.orders.states import ORDER, Closed, PaymentStatus
from apps.shared import context
from apps.shared.db import joins_transaction
from apps.shared.outbox.emit import emit

logger = logging.getLogger(__name__)


@joins_transaction
def mark_order_refunded(
    *, order_id: UUID, refunded_amount: int, cancels: bool, reason: str, now: datetime
) -> Order:
    """Money of a paid order was given back; `refunded_amount` is all of it so far (REF-007).

    The order is refunded exactly when that is all that was charged. With `cancels` it becomes
    cancelled instead: one that was shipped meanwhile cannot, and is refunded. Nothing changes where
    the order says so already.

    Raises OrderNotFound, InvalidTransition.
    """
    order = selectors.order_for_update(order_id=order_id)
    is_whole = refunded_amount == order.due_amount
    target = PaymentStatus.REFUNDED if is_whole else PaymentStatus.PARTIALLY_REFUNDED
    if order.payment_status in (target, PaymentStatus.REFUNDED):
        return order
    if cancels and is_whole and _can_be_cancelled(order):
        order.move_to(
            payment=target,
            closed=Closed.CANCELLED,
            actor=context.actor.get(),
            now=now,
            reason=reason,
            closed_at=now,
        )
        emit(OrderCancelled(order_id=str(order.pk), number=order.number, reason=reason), now=now)
    else:
        order.move_to(payment=target, actor=context.actor.get(), now=now, reason=reason)
    logger.info("order.refunded", extra={"order": order.public_id, "status": order.status})
    return order


def _can_be_cancelled(order: Order) -> bool:
    return Closed.CANCELLED in ORDER.transitions[order.status] and not order.shipments.exists()
