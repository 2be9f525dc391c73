"""Writing events."""

from datetime import datetime

from django.db.models import Max

from apps.shared import context
from apps.shared.db import joins_transaction
from apps.shared.events import Event, Subscriber, subscribers_of
from apps.shared.relay.wakeups import wake_relay
from apps.shared.schema import current_schema

from .models import DomainEvent, EventDelivery
from .signals import django_signal_subscriber


@joins_transaction
def emit(event: Event, *, now: datetime) -> None:
    """Write `event` and its deliveries in the caller's transaction: all of it happens or nothing.

    The caller holds the aggregate's row lock, which is what makes the sequence gapless.
    """
    history = DomainEvent.objects.filter(
        aggregate_type=event.aggregate_type, aggregate_id=event.aggregate_id
    )
    last = history.aggregate(last=Max("sequence"))["last"] or 0
    written = DomainEvent.objects.create(
        name=event.name,
        version=event.version,
        aggregate_type=event.aggregate_type,
        aggregate_id=event.aggregate_id,
        sequence=last + 1,
        payload=event.payload(),
        request_id=context.request_id.get(),
        actor=context.actor.get(),
        occurred_at=now,
    )
    wanted = wanted_by(type(event))
    EventDelivery.objects.bulk_create(
        EventDelivery(event=written, subscriber=one.key, queue=one.queue, due_at=now)
        for one in wanted
    )
    if wanted:
        wake_relay(schema_name=current_schema(), due_at=now)


def wanted_by(event_type: type[Event]) -> list[Subscriber]:
    """Who gets a delivery of this type of event, installed signal receivers included."""
    signal = django_signal_subscriber(event_type)
    return [*subscribers_of(event_type), *([signal] if signal else [])]
