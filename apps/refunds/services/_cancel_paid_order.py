from datetime import datetime
from uuid import UUID

from apps.orders import selectors as orders
from apps.orders.states import OrderStatus
from apps.refunds import selectors
from apps.refunds.dto import Wanted, WantedLine
from apps.refunds.errors import OrderNotCancellable, RefundInFlight
from apps.refunds.models import Refund
from apps.refunds.services._open_refund import open_refund
from apps.refunds.states import RefundReason, Restock
from apps.shared.db import owns_transaction

_CANCELLABLE = frozenset({OrderStatus.PAID, OrderStatus.PACKED})


@owns_transaction
def cancel_paid_order(*, order_id: UUID, note: str, now: datetime) -> Refund:
    """Begin to cancel a paid order by giving everything back.

    The order becomes cancelled, and its stock free, when that refund has succeeded; until then
    both stay as they are. One of which a parcel has left is refunded instead. Over the shop's
    threshold a second person must approve it.

    Raises OrderNotFound, OrderNotCancellable, RefundInFlight.
    """
    order = orders.order_for_update(order_id=order_id)
    if order.status not in _CANCELLABLE or order.shipments.exists():
        raise OrderNotCancellable(order_status=order.status)
    if selectors.has_refund_in_flight(order_id=order_id):
        raise RefundInFlight
    parts = selectors.parts_of_order(order=order)
    everything = Wanted(
        lines=tuple(
            WantedLine(order_line_id=line_id, quantity=part.quantity, restock=Restock.RESERVED)
            for line_id, part in parts.lines.items()
        ),
        shipping_amount=parts.shipping.amount,
        reason=RefundReason.ORDER_CANCELLED,
        note=note,
    )
    return open_refund(order=order, wanted=everything, now=now, cancels_order=True)
