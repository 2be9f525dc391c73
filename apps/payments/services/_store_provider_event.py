from datetime import datetime, timedelta

from apps.payments.events import ProviderEventReceived
from apps.payments.gateways.base import WebhookEnvelope
from apps.payments.models import ProviderEvent
from apps.shared.db import owns_transaction
from apps.shared.fast_rows import add_unless_there
from apps.shared.outbox.emit import emit

UNTRIED_FOR = timedelta(minutes=15)


@owns_transaction
def store_provider_event(
    *,
    provider: str,
    envelope: WebhookEnvelope,
    headers: dict[str, str],
    body: bytes,
    now: datetime,
) -> bool:
    """Keep a verified webhook as it came, once; False when it was here before (PAY-007).

    The work is done by a worker: the event that is emitted here sees to it.
    """
    stored = ProviderEvent(
        provider=provider,
        account=envelope.account,
        event_id=envelope.event_id,
        event_type=envelope.event_type,
        headers=headers,
        body=body,
        received_at=now,
        # Should its delivery come to nothing, the sweep takes it up.
        next_try_at=now + UNTRIED_FOR,
    )
    if not add_unless_there(stored):
        return False
    received = ProviderEventReceived(
        provider_event_id=stored.pk, provider=provider, event_type=envelope.event_type
    )
    emit(received, now=now)
    return True
