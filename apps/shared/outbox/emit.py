"""Writing events."""

from datetime import datetime
from functools import partial

import orjson
from django.db import connection, transaction

from apps.shared import clock, context
from apps.shared.db import joins_transaction
from apps.shared.events import Event, Subscriber, subscribers_of
from apps.shared.fast_sql import fetch_one
from apps.shared.ids import new_id
from apps.shared.relay.signal import ring
from apps.shared.relay.wakeups import look_after_lease
from apps.shared.schema import current_schema

from .begun import Begun
from .chain import open_chain
from .lease import LEASE
from .signals import django_signal_subscriber

_LONGEST_ACTOR = 80
# The event, its deliveries and the relay's wake-ups (apps.shared.relay.wakeups) in one go: an order
# emits five events on its way. What the worker that emits it goes on with by itself is its own from
# the beginning (chain.py); the relay need not look before the lease ends, and once for all of them.
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
        SELECT written.id, wanted.subscriber, wanted.queue,
            CASE WHEN wanted.ours THEN 'running' ELSE 'pending' END,
            wanted.ours::int, wanted.ours::int,
            CASE WHEN wanted.ours THEN %(lease_ends_at)s ELSE %(now)s END, ''
        FROM written CROSS JOIN unnest(%(subscribers)s::text[], %(queues)s::text[],
            %(ours)s::boolean[]) AS wanted(subscriber, queue, ours)
        RETURNING id, subscriber, queue, state
    ), woken AS (
        INSERT INTO public.relay_wakeup (schema_name, queue, due_at)
        SELECT DISTINCT %(schema_name)s, queue, %(now)s FROM delivered WHERE state = 'pending'
        UNION ALL
        SELECT DISTINCT %(schema_name)s, queue, %(look_at)s FROM delivered
        WHERE state = 'running' AND NOT EXISTS (
            SELECT FROM public.relay_wakeup AS known WHERE known.schema_name = %(schema_name)s
                AND known.queue = delivered.queue AND known.due_at = %(look_at)s
        )
    )
    SELECT array_agg(id), array_agg(subscriber) FROM delivered WHERE state = 'running'
"""


@joins_transaction
def emit(event: Event, *, now: datetime) -> None:
    """Write `event` and its deliveries in the caller's transaction: all of it happens or nothing.

    One statement. The caller holds the aggregate's row lock, which makes the sequence gapless.
    """
    wanted = wanted_by(type(event))
    schema, chain, present = current_schema(), open_chain(), clock.now()
    ours = [chain is not None and now <= present and chain.takes(one) for one in wanted]
    event_id, payload = new_id(), orjson.dumps(event.payload())
    found = fetch_one(
        _EMIT.format(schema=connection.ops.quote_name(schema)),
        {
            "id": event_id,
            "name": event.name,
            "version": event.version,
            "aggregate_type": event.aggregate_type,
            "aggregate_id": event.aggregate_id,
            "payload": payload.decode(),
            "request_id": context.request_id.get(),
            "actor": context.actor.get()[:_LONGEST_ACTOR],
            "now": now,
            "subscribers": [one.key for one in wanted],
            "queues": [one.queue for one in wanted],
            "ours": ours,
            "lease_ends_at": present + LEASE,
            "look_at": look_after_lease(present + LEASE),
            "schema_name": schema,
        },
        savepoint=False,
    )
    if chain is not None and found is not None and found[0]:
        known = (event_id, event.name, orjson.loads(payload), context.request_id.get())
        begun = [Begun(one, 1, key, *known) for one, key in zip(*found, strict=True)]
        transaction.on_commit(partial(chain.waiting.extend, begun))
    if not all(ours) and now <= present:
        # Robust: what is committed is not to fail because nobody heard of it.
        transaction.on_commit(ring, robust=True)


def wanted_by(event_type: type[Event]) -> list[Subscriber]:
    """Who gets a delivery of this type of event, installed signal receivers included."""
    signal = django_signal_subscriber(event_type)
    return [*subscribers_of(event_type), *([signal] if signal else [])]
