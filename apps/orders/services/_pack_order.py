from datetime import datetime
from uuid import UUID

from apps.orders import selectors
from apps.orders.events import OrderPacked
from apps.orders.models import Order
from apps.orders.objections import refuse_if_objected
from apps.orders.states import FulfillmentStatus
from apps.shared import context
from apps.shared.db import owns_transaction
from apps.shared.outbox.emit import emit


@owns_transaction
def pack_order(*, order_id: UUID, now: datetime) -> Order:
    """The goods of a paid order wait for their carrier.

    Raises OrderNotFound, OrderBeingCancelled, InvalidTransition.
    """
    order = selectors.order_for_update(order_id=order_id)
    refuse_if_objected(order_id=order_id)
    order.move_to(fulfillment=FulfillmentStatus.PACKED, actor=context.actor.get(), now=now)
    emit(OrderPacked(order_id=str(order.pk), number=order.number), now=now)
    return order
