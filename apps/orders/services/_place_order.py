import logging
from dataclasses import asdict
from datetime import datetime, timedelta

from apps.orders.dto import NewOrder
from apps.orders.events import OrderPlaced
from apps.orders.models import Order, OrderLine, OrderTransition
from apps.orders.numbers import new_order_number
from apps.orders.states import OrderStatus
from apps.shared import context
from apps.shared.db import joins_transaction
from apps.shared.outbox.emit import emit
from apps.shop import selectors as shop

logger = logging.getLogger(__name__)


@joins_transaction
def place_order(*, new: NewOrder, now: datetime) -> Order:
    """Write an order and its lines. The caller has reserved the stock already (ORDER-001).

    The database refuses a second order of one cart (ORDER-006) and sums that do not add up
    (ORDER-007).
    """
    fields = asdict(new)
    lines = fields.pop("lines")
    expires_at = now + timedelta(minutes=shop.shop_settings().order_expiry_minutes)
    order = Order.objects.create(
        **fields, number=new_order_number(), placed_at=now, expires_at=expires_at
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            position=position,
            total_amount=line["quantity"] * line["unit_price_amount"],
            **line,
        )
        for position, line in enumerate(lines, start=1)
    )
    OrderTransition.objects.create(
        order=order, target=OrderStatus.PENDING, actor=context.actor.get(), at=now
    )
    placed = OrderPlaced(
        order_id=str(order.pk),
        number=order.number,
        total_amount=order.total_amount,
        currency=order.currency,
    )
    emit(placed, now=now)
    logger.info("order.created", extra={"order": order.public_id, "number": order.number})
    return order
