import logging
from datetime import datetime
from typing import TYPE_CHECKING

from apps.finance import services as finance
from apps.refunds.events import RefundReversed
from apps.refunds.models import Refund
from apps.refunds.services._flag_refund import flag_refund
from apps.refunds.states import BOOKED, RefundFlag
from apps.shared import context
from apps.shared.db import joins_transaction
from apps.shared.outbox.emit import emit

if TYPE_CHECKING:
    from apps.orders.models import Order

logger = logging.getLogger(__name__)


@joins_transaction
def reverse_refund(*, order: "Order", refund: Refund, failure_code: str, now: datetime) -> None:
    """Money that was given back came back to the shop: the customer has not got it (R4).

    An order's states do not go backwards, and goods that moved have moved: only the books get a
    compensating credit. The refund keeps its status, no longer counts as given back, and is flagged
    for a person, who may try it again (`retry_refund`).
    """
    code = (failure_code or "unknown")[:100]
    refund.reversed_at = now
    refund.failure_code = code
    refund.save(update_fields=["reversed_at", "failure_code"])
    if order.payment_status in BOOKED and not refund.is_orphan:
        finance.reverse_refund_booking(order_id=order.pk, refund_id=refund.pk, now=now)
    refund.events.create(step="reversed", actor=context.actor.get(), why=code, at=now)
    flag_refund(refund=refund, flag=RefundFlag.REVERSED, why=code, now=now)
    happened = RefundReversed(
        refund_id=str(refund.pk),
        order_id=str(refund.order_id),
        amount=refund.amount,
        currency=refund.currency,
        failure_code=code,
    )
    emit(happened, now=now)
    logger.error("refund.reversed", extra={"refund": refund.public_id, "reason": code})
