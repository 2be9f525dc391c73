"""How much is on its way in a schema, noted where `/metrics` reads it without a look into shops."""

import time
from datetime import datetime
from typing import Any

from django.db import connection

from apps.shared.db import owns_statement
from apps.shared.fast_sql import fetch_one
from apps.shared.schema import current_schema

# Counting a long backlog takes milliseconds; looks come many times a second.
MEASURED_EVERY_SECONDS = 5.0
_measured: dict[str, float] = {}

_NOTE = """
    WITH waiting AS (
        SELECT count(*) AS number, min(id) AS first
        FROM {schema}.outbox_eventdelivery WHERE state IN ('pending', 'running')
    )
    INSERT INTO public.relay_backlog AS noted (schema_name, deliveries, oldest_at, measured_at)
    SELECT %(schema_name)s, waiting.number, event.occurred_at, %(now)s
    FROM waiting
    JOIN {schema}.outbox_eventdelivery AS delivery ON delivery.id = waiting.first
    JOIN {schema}.outbox_domainevent AS event ON event.id = delivery.event_id
    ON CONFLICT (schema_name) DO UPDATE SET deliveries = excluded.deliveries,
        oldest_at = excluded.oldest_at, measured_at = excluded.measured_at
    WHERE noted.measured_at <= excluded.measured_at
    RETURNING deliveries
"""
_FORGET_IF_IDLE = """
    DELETE FROM public.relay_backlog WHERE schema_name = %(schema_name)s AND NOT EXISTS (
        SELECT FROM {schema}.outbox_eventdelivery WHERE state IN ('pending', 'running')
    )
    RETURNING schema_name
"""


def note_backlog(*, now: datetime) -> None:
    """Note what is open in the current schema, at most every five seconds.

    A look by a relay follows within a lease after the last delivery has ended, so no note stays.
    """
    schema = current_schema()
    if time.monotonic() - _measured.get(schema, float("-inf")) >= MEASURED_EVERY_SECONDS:
        _measured[schema] = time.monotonic()
        _write(_NOTE, {"schema_name": schema, "now": now})


def forget_if_idle() -> None:
    """Nothing seems to be open in the current schema: if that is so, nothing stays noted of it."""
    _write(_FORGET_IF_IDLE, {"schema_name": current_schema()})


@owns_statement
def _write(statement: str, parameters: dict[str, Any]) -> None:
    schema = connection.ops.quote_name(current_schema())
    fetch_one(statement.format(schema=schema), parameters, savepoint=False)
