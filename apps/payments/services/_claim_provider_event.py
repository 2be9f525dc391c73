from datetime import datetime, timedelta

from apps.payments import selectors
from apps.shared.db import owns_transaction

# Whoever dies over it leaves it to the next one.
_LEASE = timedelta(minutes=5)


@owns_transaction
def claim_provider_event(*, now: datetime) -> int | None:
    """The webhook to be tried next; None when none is due. Two workers at once get different
    ones."""
    stored = selectors.due_provider_event_for_update(now=now)
    if stored is None:
        return None
    stored.next_try_at = now + _LEASE
    stored.save(update_fields=["next_try_at"])
    return stored.pk
