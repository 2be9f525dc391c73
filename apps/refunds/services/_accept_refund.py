from datetime import datetime

from apps.refunds.events import RefundApproved
from apps.refunds.models import Refund
from apps.refunds.states import RefundStatus
from apps.shared import context
from apps.shared.db import joins_transaction
from apps.shared.outbox.emit import emit


@joins_transaction
def accept_refund(*, refund: Refund, by: str, now: datetime, why: str = "") -> None:
    """Let a locked refund go: a handler sends it to the provider after the commit.

    `by` is the second person, empty where none was needed. Raises InvalidTransition.
    """
    refund.move_to(
        RefundStatus.APPROVED,
        actor=by or context.actor.get(),
        now=now,
        why=why or ("" if by else "below the threshold"),
        approved_by=by,
        decided_at=now,
    )
    approved = RefundApproved(refund_id=str(refund.pk), order_id=str(refund.order_id))
    emit(approved, now=now)
