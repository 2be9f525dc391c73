import logging
from datetime import datetime
from uuid import UUID

from apps.inventory import services as inventory
from apps.orders import selectors
from apps.orders.events import OrderCancelled
from apps.orders.models import Order
from apps.orders.states import ORDER, UNPAID, Closed
from apps.shared import context
from apps.shared.audit.record import Target, record
from apps.shared.db import owns_transaction
from apps.shared.outbox.emit import emit
from apps.shared.states import InvalidTransition

logger = logging.getLogger(__name__)


@owns_transaction
def cancel_order(*, order_id: UUID, reason: str, now: datetime) -> Order:
    """Call off an order that is not paid; its stock is free at once.

    The payment is given up at the provider after the commit. One that succeeds at the same moment
    either comes first, and this is refused, or finds the order cancelled and is given back
    (PAY-008). A paid order is cancelled by its full refund only.

    Raises OrderNotFound, InvalidTransition.
    """
    order = selectors.order_for_update(order_id=order_id)
    if order.status not in UNPAID:
        raise InvalidTransition(
            "Only an order that is not paid can be cancelled like this.",
            machine=ORDER.name,
            source=order.status,
            target=str(Closed.CANCELLED),
        )
    before = order.status
    order.move_to(
        closed=Closed.CANCELLED,
        actor=context.actor.get(),
        now=now,
        reason=reason,
        closed_at=now,
    )
    inventory.release_stock(order_id=order_id, now=now)
    emit(OrderCancelled(order_id=str(order.pk), number=order.number, reason=reason), now=now)
    record(
        action="orders.order_cancelled",
        target=Target("order", order.public_id),
        before={"status": before},
        after={"status": order.status},
        why=reason,
        now=now,
    )
    logger.info("order.cancelled", extra={"order": order.public_id})
    return order
