from datetime import datetime
from uuid import UUID

from apps.payments import selectors
from apps.shared.db import owns_transaction


@owns_transaction
def claim_payment_to_sync(*, now: datetime) -> UUID | None:
    """The payment under way whose provider is to be asked next; None when none is due.

    Noted as asked before anybody asks: two workers at once get different ones, and one whose
    provider does not answer waits for its next turn like any other.
    """
    intent = selectors.overdue_intent_for_update(now=now)
    if intent is None:
        return None
    intent.asked_at = now
    intent.save(update_fields=["asked_at"])
    return intent.pk
