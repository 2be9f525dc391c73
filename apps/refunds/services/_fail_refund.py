import logging
from datetime import datetime

from django.db import transaction

from apps.refunds.events import RefundFailed
from apps.refunds.models import Refund
from apps.refunds.states import RefundStatus
from apps.shared import context, metrics
from apps.shared.db import joins_transaction
from apps.shared.outbox.emit import emit

logger = logging.getLogger(__name__)


@joins_transaction
def fail_refund(*, refund: Refund, failure_code: str, why: str, now: datetime) -> None:
    """The money of a locked refund was not given back; stock and books stay as they are.

    Raises InvalidTransition.
    """
    code = (failure_code or "unknown")[:100]
    refund.move_to(
        RefundStatus.FAILED, actor=context.actor.get(), now=now, why=why, failure_code=code
    )
    failed = RefundFailed(
        refund_id=str(refund.pk), order_id=str(refund.order_id), failure_code=code
    )
    emit(failed, now=now)
    transaction.on_commit(metrics.REFUND_FAILURES.inc)
    logger.warning("refund.failed", extra={"refund": refund.public_id, "reason": code})
