import logging
from datetime import datetime
from typing import TYPE_CHECKING

from apps.inventory import services as inventory
from apps.inventory.dto import Reference
from apps.orders import services as orders
from apps.refunds import selectors
from apps.refunds.errors import RefundExceedsTotal
from apps.refunds.events import RefundSucceeded
from apps.refunds.models import Refund
from apps.refunds.services._book_refund import book_refund
from apps.refunds.services._restock_refund import restock_refund
from apps.refunds.states import BOOKED, RefundFlag, RefundStatus
from apps.shared import context
from apps.shared.db import joins_transaction
from apps.shared.ids import public_id
from apps.shared.outbox.emit import emit

if TYPE_CHECKING:
    from apps.orders.models import Order

logger = logging.getLogger(__name__)


@joins_transaction
def settle_refund(*, order: "Order", refund: Refund, now: datetime) -> None:
    """The provider has given the money of a locked refund back: order, stock and books follow.

    All in one transaction, once (REF-004, STOCK-005, FIN-002). When all is given back, the stock
    that is still held is free (docs/adr/0014-stock-of-refunded-goods.md). Money of a payment that
    never paid its order (it came too late, PAY-008) was not booked, and its refund is not either.

    Raises RefundExceedsTotal (ORDER-004), InvalidTransition.
    """
    given_back = selectors.given_back(order_id=order.pk) + refund.amount
    if given_back > order.due_amount:
        logger.error(
            "refund.exceeds_total",
            extra={"refund": refund.public_id, "order": order.public_id, "amount": given_back},
        )
        raise RefundExceedsTotal(amount=given_back, total=order.due_amount)
    refund.move_to(RefundStatus.SUCCEEDED, actor=context.actor.get(), now=now, flag=RefundFlag.NONE)
    restock_refund(refund=refund, now=now)
    if order.payment_status in BOOKED:
        book_refund(order=order, refund=refund, now=now)
        orders.mark_order_refunded(
            order_id=order.pk,
            refunded_amount=given_back,
            cancels=refund.cancels_order,
            reason=public_id("ref", refund.pk),
            now=now,
        )
        if given_back == order.due_amount:
            # Nothing of it will be shipped any more, whatever the lines said (REF-004).
            reference = Reference("refund", refund.public_id)
            inventory.release_stock(order_id=order.pk, reference=reference, now=now)
        # What was released will not be shipped: perhaps nothing is left to ship.
        orders.finish_shipping(order_id=order.pk, now=now)
    succeeded = RefundSucceeded(
        refund_id=str(refund.pk),
        order_id=str(order.pk),
        amount=refund.amount,
        currency=refund.currency,
        source=refund.source,
    )
    emit(succeeded, now=now)
    logger.info(
        "refund.succeeded",
        extra={"refund": refund.public_id, "order": order.public_id, "amount": refund.amount},
    )
