import logging
from datetime import datetime

from apps.payments.events import PaymentDisputed
from apps.payments.models import PaymentDispute, PaymentIntent
from apps.shared.db import joins_transaction
from apps.shared.outbox.emit import emit

logger = logging.getLogger(__name__)


@joins_transaction
def tell_of_dispute(*, intent: PaymentIntent, dispute: PaymentDispute, now: datetime) -> None:
    """How a dispute of a locked intent stands, for whoever keeps books."""
    due = dispute.evidence_due_at
    disputed = PaymentDisputed(
        payment_id=str(intent.pk),
        order_id=str(intent.order_id),
        reference=dispute.reference,
        status=str(dispute.status),
        amount=dispute.amount,
        currency=dispute.currency,
        reason=dispute.reason,
        evidence_due_at=due.isoformat() if due else "",
    )
    emit(disputed, now=now)
    logger.warning(
        "payment.disputed", extra={"payment": intent.public_id, "status": str(dispute.status)}
    )
