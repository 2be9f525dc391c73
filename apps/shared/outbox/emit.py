"""Writing events."""

from datetime import datetime

import orjson
from django.db import connection, transaction

from apps.shared import clock, context
from apps.shared.db import joins_transaction
from apps.shared.events import Event, Subscriber, subscribers_of
from apps.shared.fast_sql import fetch_one
from apps.shared.ids import new_id
from apps.shared.relay.signal import ring
from apps.shared.schema import current_schema

from .signals import django_signal_subscriber

# The event, its deliveries and the relay's wake-up (apps.shared.relay.wakeups) in one go: an order
# emits five events on its way.
_EMIT = """
    WITH written AS (
        INSERT INTO {schema}.outbox_domainevent (id, name, version, aggregate_type, aggregate_id,
            sequence, payload, request_id, actor, occurred_at)
        SELECT %(id)s, %(name)s, %(version)s, %(aggregate_type)s::text, %(aggregate_id)s::text,
            1 + coalesce(max(sequence), 0), %(payload)s::jsonb, %(request_id)s, %(actor)s, %(now)s
        FROM {schema}.outbox_domainevent
        WHERE aggregate_type = %(aggregate_type)s::text AND aggregate_id = %(aggregate_id)s::text
        RETURNING id
    ), delivered AS (
        INSERT INTO {schema}.outbox_eventdelivery (event_id, subscriber, queue, state, attempts,
            token, due_at, last_error)
        SELECT written.id, wanted.subscriber, wanted.queue, 'pending', 0, 0, %(now)s, ''
        FROM written CROSS JOIN
            unnest(%(subscribers)s::text[], %(queues)s::text[]) AS wanted(subscriber, queue)
        RETURNING id
    ), woken AS (
        INSERT INTO public.relay_wakeup (schema_name, due_at)
        SELECT %(schema_name)s, %(now)s WHERE EXISTS (SELECT FROM delivered)
    )
    SELECT count(*) FROM delivered
"""


@joins_transaction
def emit(event: Event, *, now: datetime) -> None:
    """Write `event` and its deliveries in the caller's transaction: all of it happens or nothing.

    One statement. The caller holds the aggregate's row lock, which makes the sequence gapless.
    """
    wanted = wanted_by(type(event))
    schema = current_schema()
    fetch_one(
        _EMIT.format(schema=connection.ops.quote_name(schema)),
        {
            "id": new_id(),
            "name": event.name,
            "version": event.version,
            "aggregate_type": event.aggregate_type,
            "aggregate_id": event.aggregate_id,
            "payload": orjson.dumps(event.payload()).decode(),
            "request_id": context.request_id.get(),
            "actor": context.actor.get(),
            "now": now,
            "subscribers": [one.key for one in wanted],
            "queues": [one.queue for one in wanted],
            "schema_name": schema,
        },
        savepoint=False,
    )
    if wanted and now <= clock.now():
        # Robust: what is committed is not to fail because nobody heard of it.
        transaction.on_commit(ring, robust=True)


def wanted_by(event_type: type[Event]) -> list[Subscriber]:
    """Who gets a delivery of this type of event, installed signal receivers included."""
    signal = django_signal_subscriber(event_type)
    return [*subscribers_of(event_type), *([signal] if signal else [])]
