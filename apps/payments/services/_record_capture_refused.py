from datetime import datetime
from uuid import UUID

from apps.payments import selectors
from apps.payments.services._end_capture import end_capture
from apps.shared.db import owns_transaction


@owns_transaction
def record_capture_refused(*, intent_id: UUID, reason: str, now: datetime) -> None:
    """The provider captured nothing and will not: another capture may be asked for.

    Raises PaymentNotFound.
    """
    intent = selectors.intent_for_update(intent_id=intent_id)
    end_capture(intent=intent, failure_code=reason, now=now)
