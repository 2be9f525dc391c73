from datetime import datetime
from uuid import UUID

from apps.orders import selectors as orders
from apps.refunds import selectors
from apps.refunds.dto import ToSend
from apps.refunds.states import RefundSource, RefundStatus
from apps.shared import context
from apps.shared.db import owns_transaction


@owns_transaction
def begin_refund(*, refund_id: UUID, now: datetime) -> ToSend | None:
    """Note that an approved refund is about to be sent, before anything is (PAY-005).

    One that was sent and has no final answer is sent again, under the same key. None: there is
    nothing to send (any more).

    Raises RefundNotFound.
    """
    orders.order_for_update(order_id=selectors.order_of_refund(refund_id=refund_id))
    refund = selectors.refund_for_update(refund_id=refund_id)
    if refund.source == RefundSource.PROVIDER:
        return None  # on its way without us
    is_repeated = refund.status == RefundStatus.PROCESSING
    if refund.status == RefundStatus.APPROVED:
        refund.move_to(RefundStatus.PROCESSING, actor=context.actor.get(), now=now)
    elif not is_repeated:
        return None
    return ToSend(
        payment_id=refund.payment_id,
        amount=refund.amount,
        currency=refund.currency,
        key=refund.provider_key,
        is_repeated=is_repeated,
    )
