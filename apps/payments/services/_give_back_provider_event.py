from datetime import datetime

from apps.payments import selectors
from apps.payments.services._park_provider_event import park_provider_event
from apps.payments.states import OPEN_WEBHOOKS
from apps.shared.db import owns_transaction


@owns_transaction
def give_back_provider_event(*, provider_event_id: int, reason: str, now: datetime) -> None:
    """A try failed with an error: the webhook waits for the next one, or is dead."""
    stored = selectors.provider_event_for_update(provider_event_id=provider_event_id)
    if stored.state in OPEN_WEBHOOKS:
        park_provider_event(stored=stored, reason=reason, now=now)
