"""Writing many events of one kind."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max

from apps.shared import context
from apps.shared.db import joins_transaction
from apps.shared.events import Event, subscribers_of
from apps.shared.relay.wakeups import wake_relay
from apps.shared.schema import current_schema

from .models import DomainEvent, EventDelivery
from .signals import django_signal_subscriber


@joins_transaction
def emit_all(events: Sequence[Event], *, now: datetime) -> None:
    """As `emit`, for any number of events of one type, in a fixed number of statements.

    The caller holds the row locks of all their aggregates.
    """
    if not events:
        return
    event_type = type(events[0])
    history = DomainEvent.objects.filter(
        aggregate_type=events[0].aggregate_type,
        aggregate_id__in={one.aggregate_id for one in events},
    )
    last = Counter(dict(history.values_list("aggregate_id").annotate(last=Max("sequence"))))
    rows = []
    for event in events:
        last[event.aggregate_id] += 1
        rows.append(
            DomainEvent(
                name=event.name,
                version=event.version,
                aggregate_type=event.aggregate_type,
                aggregate_id=event.aggregate_id,
                sequence=last[event.aggregate_id],
                payload=event.payload(),
                request_id=context.request_id.get(),
                actor=context.actor.get(),
                occurred_at=now,
            )
        )
    DomainEvent.objects.bulk_create(rows)
    signal = django_signal_subscriber(event_type)
    wanted = [*subscribers_of(event_type), *([signal] if signal else [])]
    EventDelivery.objects.bulk_create(
        EventDelivery(event=row, subscriber=one.key, queue=one.queue, due_at=now)
        for row in rows
        for one in wanted
    )
    if wanted:
        wake_relay(schema_name=current_schema(), due_at=now)
