from datetime import datetime, timedelta

from apps.payments.errors import UnreadableWebhook
from apps.payments.events import ProviderEventReceived
from apps.payments.gateways.base import WebhookEnvelope
from apps.payments.models import ProviderEvent
from apps.shared.db import owns_transaction
from apps.shared.fast_rows import add_unless_there
from apps.shared.outbox.emit import emit
from apps.shared.text import storable

UNTRIED_FOR = timedelta(minutes=15)
_LONGEST = {"event_id": 255, "event_type": 100, "account": 255}  # as the row's columns


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

    Raises UnreadableWebhook.
    """
    _refuse_unstorable(envelope)
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


def _refuse_unstorable(envelope: WebhookEnvelope) -> None:
    for name, longest in _LONGEST.items():
        given: str = getattr(envelope, name)
        if len(given) > longest or storable(given) != given:
            raise UnreadableWebhook(field=name)
