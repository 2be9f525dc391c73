from datetime import datetime

from apps.payments.services._apply_provider_event import apply_provider_event
from apps.shared.db import owns_transaction


@owns_transaction
def try_provider_event(*, provider_event_id: int, now: datetime) -> None:
    """Work on a stored webhook in a transaction of its own."""
    apply_provider_event(provider_event_id=provider_event_id, now=now)
