from datetime import datetime
from uuid import UUID

from apps.payments import selectors
from apps.payments.services._flag_intent import flag_intent
from apps.shared.db import joins_transaction


@joins_transaction
def flag_payment(*, intent_id: UUID, flag: str, now: datetime) -> None:
    """As `flag_intent`, for callers that know the id only. Raises PaymentNotFound."""
    flag_intent(intent=selectors.intent_for_update(intent_id=intent_id), flag=flag, now=now)
