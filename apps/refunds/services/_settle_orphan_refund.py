import logging
from datetime import datetime

from apps.payments import services as payments
from apps.refunds.events import RefundSucceeded
from apps.refunds.models import Refund
from apps.refunds.states import RefundFlag, RefundSource, RefundStatus
from apps.shared import context
from apps.shared.db import joins_transaction
from apps.shared.outbox.emit import emit

logger = logging.getLogger(__name__)


@joins_transaction
def settle_orphan_refund(*, refund: Refund, now: datetime) -> None:
    """The money of a payment that never paid its order is back (PAY-008).

    Order, stock and books never knew of it, and do not change. Ours gave back all that was left, so
    that the payment is done with; of one made at the dashboard the sweep asks whether it was all.

    Raises InvalidTransition.
    """
    refund.move_to(RefundStatus.SUCCEEDED, actor=context.actor.get(), now=now, flag=RefundFlag.NONE)
    if refund.source == RefundSource.SHOP:
        payments.resolve_payment(
            intent_id=refund.payment_id,
            refunded_amount=refund.amount,
            currency=refund.currency,
            refund=refund.public_id,
            now=now,
        )
    succeeded = RefundSucceeded(
        refund_id=str(refund.pk),
        order_id=str(refund.order_id),
        amount=refund.amount,
        currency=refund.currency,
        source=refund.source,
    )
    emit(succeeded, now=now)
    logger.info("refund.succeeded", extra={"refund": refund.public_id, "amount": refund.amount})
