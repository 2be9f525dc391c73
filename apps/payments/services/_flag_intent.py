import logging
from datetime import datetime

from django.db import transaction

from apps.payments.events import PaymentFlagged
from apps.payments.models import PaymentIntent
from apps.shared import metrics
from apps.shared.db import joins_transaction
from apps.shared.outbox.emit import emit

logger = logging.getLogger(__name__)


@joins_transaction
def flag_intent(*, intent: PaymentIntent, flag: str, now: datetime) -> None:
    """Mark a locked intent for a person and for the sweep of orphan money, once per flag (PAY-008).

    One whose money was given back is done with: what is told of it later changes nothing.
    """
    if intent.flag == flag or intent.resolved_at is not None:
        return
    intent.flag = flag
    intent.updated_at = now
    intent.save(update_fields=["flag", "updated_at"])
    flagged = PaymentFlagged(payment_id=str(intent.pk), order_id=str(intent.order_id), flag=flag)
    emit(flagged, now=now)
    transaction.on_commit(metrics.PAYMENTS_FLAGGED.labels(flag).inc)
    logger.error("payment.flagged", extra={"payment": intent.public_id, "flag": flag})
