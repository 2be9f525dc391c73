from datetime import datetime
from uuid import UUID

from apps.orders import selectors
from apps.orders.events import OrderDelivered
from apps.orders.models import Order
from apps.orders.states import FulfillmentStatus
from apps.shared import context
from apps.shared.db import owns_transaction
from apps.shared.outbox.emit import emit


@owns_transaction
def deliver_order(*, order_id: UUID, now: datetime) -> Order:
    """What was shipped has arrived.

    Raises OrderNotFound, InvalidTransition.
    """
    order = selectors.order_for_update(order_id=order_id)
    order.move_to(fulfillment=FulfillmentStatus.DELIVERED, actor=context.actor.get(), now=now)
    emit(OrderDelivered(order_id=str(order.pk), number=order.number), now=now)
    return order
