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
    """Mark a locked intent for a person to look at; once per flag."""
    if intent.flag == flag:
        return
    intent.flag = flag
    intent.updated_at = now
    intent.save(update_fields=["flag", "updated_at"])
    flagged = PaymentFlagged(payment_id=str(intent.pk), order_id=str(intent.order_id), flag=flag)
    emit(flagged, now=now)
    transaction.on_commit(metrics.PAYMENTS_FLAGGED.labels(flag).inc)
    logger.error("payment.flagged", extra={"payment": intent.public_id, "flag": flag})
