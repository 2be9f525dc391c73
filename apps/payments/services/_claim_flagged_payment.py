from datetime import datetime
from uuid import UUID

from apps.payments import selectors
from apps.shared.db import owns_transaction


@owns_transaction
def claim_flagged_payment(*, now: datetime) -> UUID | None:
    """The payment that took money nobody can use, to be looked into next; None when none is due.

    Noted before anybody asks: two workers at once get different ones (PAY-008).
    """
    intent = selectors.flagged_intent_for_update(now=now)
    if intent is None:
        return None
    intent.asked_at = now
    intent.save(update_fields=["asked_at"])
    return intent.pk
