"""Giving deliveries back that were handed out and not made."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from apps.shared.db import joins_transaction
from apps.shared.fast_sql import fetch_all
from apps.shared.relay.wakeups import wake_relay
from apps.shared.schema import current_schema

from .lease import Handed, numbers

_HAND_BACK = """
    UPDATE {schema}.outbox_eventdelivery AS delivery
    SET state = 'pending', due_at = %(due_at)s, attempts = delivery.attempts - %(counted)s
    FROM unnest(%(ids)s::bigint[], %(tokens)s::integer[]) AS handed(id, token)
    WHERE delivery.id = handed.id AND delivery.token = handed.token AND delivery.state = 'running'
    RETURNING delivery.queue
"""


@joins_transaction
def hand_back(handed: Sequence[Handed], *, due_at: datetime, begun: bool = False) -> None:
    """Let others have them from `due_at` on, and wake the relay then.

    What changed hands meanwhile is left alone, as is what a worker has begun; unless it is that
    worker who gives it back, `begun`: then the attempt that was counted and not made is taken back.
    """
    parameters = {"due_at": due_at, "counted": int(begun), **numbers(handed)}
    schema = current_schema()
    quoted = connection.ops.quote_name(schema)
    for queue in {row[0] for row in fetch_all(_HAND_BACK.format(schema=quoted), parameters)}:
        wake_relay(schema_name=schema, queue=queue, due_at=due_at)
