from datetime import datetime
from uuid import UUID

from apps.orders import selectors as orders
from apps.refunds import selectors
from apps.refunds.events import RefundRejected
from apps.refunds.models import Refund
from apps.refunds.states import RefundStatus
from apps.shared import context
from apps.shared.audit.record import Target, record
from apps.shared.db import owns_transaction
from apps.shared.outbox.emit import emit


@owns_transaction
def reject_refund(*, refund_id: UUID, why: str, now: datetime) -> Refund:
    """Say no; what the refund held can be refunded otherwise.

    Raises RefundNotFound, InvalidTransition.
    """
    orders.order_for_update(order_id=selectors.order_of_refund(refund_id=refund_id))
    refund = selectors.refund_for_update(refund_id=refund_id)
    refund.move_to(
        RefundStatus.REJECTED, actor=context.actor.get(), now=now, why=why, decided_at=now
    )
    emit(RefundRejected(refund_id=str(refund.pk), order_id=str(refund.order_id)), now=now)
    record(
        action="refunds.refund_rejected",
        target=Target("refund", refund.public_id),
        before={"status": RefundStatus.REQUESTED},
        after={"status": refund.status},
        why=why,
        now=now,
    )
    return refund
