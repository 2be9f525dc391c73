import logging
from datetime import datetime

from django.db import transaction

from apps.refunds.events import RefundRequested
from apps.refunds.models import Refund
from apps.shared import metrics
from apps.shared.db import joins_transaction
from apps.shared.ids import public_id
from apps.shared.outbox.emit import emit

logger = logging.getLogger(__name__)


@joins_transaction
def record_request(*, refund: Refund, now: datetime) -> None:
    """The first row of a new refund's history, its event and its log line (REF-008)."""
    refund.events.create(step=refund.status, actor=refund.requested_by, why=refund.note, at=now)
    requested = RefundRequested(
        refund_id=str(refund.pk),
        order_id=str(refund.order_id),
        amount=refund.amount,
        currency=refund.currency,
        needs_approval=refund.needs_approval,
    )
    emit(requested, now=now)
    transaction.on_commit(metrics.REFUNDS_REQUESTED.inc)
    logger.info(
        "refund.requested",
        extra={
            "refund": refund.public_id,
            "order": public_id("ord", refund.order_id),
            "amount": refund.amount,
            "currency": refund.currency,
        },
    )
