from datetime import datetime
from uuid import UUID

from apps.payments import selectors
from apps.payments.models import PaymentIntent
from apps.payments.states import IntentStatus
from apps.shared.db import joins_transaction


@joins_transaction
def close_flagged_payment(*, intent_id: UUID, now: datetime) -> PaymentIntent:
    """A flagged payment under way will never pay its order: the order may have another (PAY-001).

    Raises PaymentNotFound.
    """
    intent = selectors.intent_for_update(intent_id=intent_id)
    if intent.flag and intent.status == IntentStatus.PROCESSING:
        intent.move_to(IntentStatus.FAILED, now=now, failure_code=intent.flag)
    return intent
