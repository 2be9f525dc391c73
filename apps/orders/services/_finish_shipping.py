from datetime import datetime
from uuid import UUID

from apps.inventory import selectors as stock
from apps.orders import selectors
from apps.orders.events import OrderShipped
from apps.orders.states import ORDER, FulfillmentStatus
from apps.shared import context
from apps.shared.db import joins_transaction
from apps.shared.outbox.emit import emit


@joins_transaction
def finish_shipping(*, order_id: UUID, now: datetime) -> bool:
    """A packed order is shipped when something of it left and nothing is held for it any more.

    Called after each shipment, and after stock of a line was released that will not be shipped.
    True when this made it shipped; otherwise nothing is written.

    Raises OrderNotFound.
    """
    order = selectors.order_for_update(order_id=order_id)
    if (
        order.fulfillment_status != FulfillmentStatus.PACKED
        or ORDER.is_terminal(order.status)
        or not order.shipments.exists()
        or stock.open_quantities(order_id=order_id)
    ):
        return False
    order.move_to(fulfillment=FulfillmentStatus.SHIPPED, actor=context.actor.get(), now=now)
    emit(OrderShipped(order_id=str(order.pk), number=order.number), now=now)
    return True
