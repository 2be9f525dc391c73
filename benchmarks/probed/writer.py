"""Writing events as services do, but many at once: writing is not what is measured."""

from django.db import connection, transaction

from apps.shared.relay.signal import ring
from benchmarks.probed.events import ThingProbed

# The rows that apps.shared.outbox.emit writes for each event, its delivery, and a wake-up for all.
_WRITE = """
    WITH written AS (
        INSERT INTO {schema}.outbox_domainevent (id, name, version, aggregate_type, aggregate_id,
            sequence, payload, request_id, actor, occurred_at)
        SELECT uuidv7(), %(name)s, 1, 'thing', thing.id, 1,
            jsonb_build_object('thing_id', thing.id, 'run', %(run)s::text), '', 'system',
            clock_timestamp()
        FROM (
            SELECT replace(uuidv7()::text, '-', '') AS id FROM generate_series(1, %(count)s)
        ) AS thing
        RETURNING id
    ), delivered AS (
        INSERT INTO {schema}.outbox_eventdelivery (event_id, subscriber, queue, state, attempts,
            token, due_at, last_error)
        SELECT written.id, %(subscriber)s, 'default', 'pending', 0, 0, clock_timestamp(), ''
        FROM written
    )
    INSERT INTO public.relay_wakeup (schema_name, queue, due_at)
    VALUES (%(schema_name)s, 'default', clock_timestamp())
"""


def write(schema_name: str, run: str, count: int) -> None:
    """`count` events in one transaction, and the bell after its commit."""
    parameters = {
        "name": ThingProbed.name,
        "run": run,
        "count": count,
        "subscriber": "benchmarks.probed.write_effect",
        "schema_name": schema_name,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_WRITE.format(schema=connection.ops.quote_name(schema_name)), parameters)
    ring()
