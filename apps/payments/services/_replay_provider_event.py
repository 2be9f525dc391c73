from datetime import datetime

from apps.payments import selectors
from apps.payments.errors import WebhookNotFound
from apps.payments.events import ProviderEventReceived
from apps.payments.models import ProviderEvent
from apps.payments.services._store_provider_event import UNTRIED_FOR
from apps.payments.states import ProviderEventState
from apps.shared.db import owns_transaction
from apps.shared.mending import Difference, record_mend
from apps.shared.outbox.emit import emit


@owns_transaction
def replay_provider_event(
    *, provider_event_id: int, now: datetime, even_processed: bool = False
) -> Difference | None:
    """Have a worker work on a stored webhook once more, as if it had come now; who asked for it is
    on record.

    What it says was verified when it came. None: it waits to be worked on, or it was worked on and
    not `even_processed`. Doing it again changes nothing that is so already (PAY-007).

    Raises WebhookNotFound.
    """
    stored = ProviderEvent.objects.select_for_update().filter(pk=provider_event_id).first()
    if stored is None:
        raise WebhookNotFound
    difference = selectors.difference_of_replay(stored, even_processed=even_processed)
    if difference is None:
        return None
    stored.move_to(ProviderEventState.RECEIVED, now=now, outcome="", next_try_at=now + UNTRIED_FOR)
    received = ProviderEventReceived(
        provider_event_id=stored.pk, provider=stored.provider, event_type=stored.event_type
    )
    emit(received, now=now)
    record_mend(repair="webhooks", difference=difference, now=now)
    return difference
