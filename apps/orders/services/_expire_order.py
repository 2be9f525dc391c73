import logging
from datetime import datetime
from uuid import UUID

from apps.inventory import services as inventory
from apps.orders import selectors
from apps.orders.events import OrderExpired
from apps.orders.states import UNPAID, Closed, PaymentStatus
from apps.shared import context
from apps.shared.db import owns_transaction
from apps.shared.outbox.emit import emit

logger = logging.getLogger(__name__)


@owns_transaction
def expire_order(*, order_id: UUID, now: datetime) -> bool:
    """Close an order that was not paid in time; its stock is free at once.

    True when this closed it. One that was paid, cancelled or expired meanwhile, or whose time is
    not up, is left alone: whoever holds the order's lock first wins, and two schedulers do no harm.
    The payment is given up at the provider after the commit; see `cancel_order`.

    Raises OrderNotFound.
    """
    order = selectors.order_for_update(order_id=order_id)
    if order.status not in UNPAID or order.expires_at > now:
        return False
    order.move_to(
        payment=PaymentStatus.FAILED,
        closed=Closed.FAILED,
        actor=context.actor.get(),
        now=now,
        reason="not paid in time",
        closed_at=now,
    )
    inventory.release_stock(order_id=order_id, now=now)
    emit(OrderExpired(order_id=str(order.pk), number=order.number), now=now)
    logger.info("order.expired", extra={"order": order.public_id})
    return True
