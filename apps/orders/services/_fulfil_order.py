from datetime import datetime
from uuid import UUID

from apps.inventory import selectors as stock
from apps.inventory import services as inventory
from apps.inventory.dto import LineQuantity, Reference
from apps.orders import selectors
from apps.orders.errors import PiecesBeingRefunded
from apps.orders.events import OrderFulfilled
from apps.orders.models import Order
from apps.orders.objections import pieces_kept_back, refuse_if_objected
from apps.orders.states import FulfillmentStatus
from apps.shared import context
from apps.shared.db import owns_transaction
from apps.shared.outbox.emit import emit


@owns_transaction
def fulfil_order(*, order_id: UUID, now: datetime) -> Order:
    """The goods were collected or are digital: straight from paid, or after they were shipped.

    What is still held leaves the stock.

    Raises OrderNotFound, OrderBeingCancelled, PiecesBeingRefunded, InvalidTransition,
    InsufficientStock (a backorder that has not come in).
    """
    order = selectors.order_for_update(order_id=order_id)
    refuse_if_objected(order_id=order_id)
    if pieces_kept_back(order_id=order_id):
        raise PiecesBeingRefunded
    order.move_to(fulfillment=FulfillmentStatus.FULFILLED, actor=context.actor.get(), now=now)
    if held := stock.open_quantities(order_id=order_id):
        inventory.ship_stock(
            order_id=order_id,
            lines=[LineQuantity(line_id, quantity) for line_id, quantity in held.items()],
            reference=Reference("order", str(order_id)),
            now=now,
        )
    emit(OrderFulfilled(order_id=str(order.pk), number=order.number), now=now)
    return order
