import logging
from datetime import datetime
from uuid import UUID

from apps.payments import selectors
from apps.payments.events import OrphanRefunded
from apps.shared.db import joins_transaction
from apps.shared.outbox.emit import emit

logger = logging.getLogger(__name__)


@joins_transaction
def resolve_payment(
    *, intent_id: UUID, refunded_amount: int, currency: str, refund: str, now: datetime
) -> None:
    """All that a flagged payment took was given back: nobody must look any more (PAY-008).

    `refund` is our refund's public id, empty when somebody else gave it back. The flag stays, as
    the reason; a repetition changes nothing. Raises PaymentNotFound.
    """
    intent = selectors.intent_for_update(intent_id=intent_id)
    if not intent.flag or intent.resolved_at is not None:
        return
    intent.resolved_at = now
    intent.updated_at = now
    intent.save(update_fields=["resolved_at", "updated_at"])
    happened = OrphanRefunded(
        payment_id=str(intent.pk),
        order_id=str(intent.order_id),
        amount=refunded_amount,
        currency=currency,
        flag=intent.flag,
        refund=refund,
    )
    emit(happened, now=now)
    logger.warning(
        "payment.orphan_refunded",
        extra={"payment": intent.public_id, "refund": refund, "flag": intent.flag},
    )
