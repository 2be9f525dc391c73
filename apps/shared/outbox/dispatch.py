"""One round of the relay: from wake-ups to Celery messages."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, connection
from kombu.exceptions import OperationalError as BrokerError

from apps.shared import clock, metrics
from apps.shared.db import owns_transaction, read_first
from apps.shared.events import QUEUES
from apps.shared.fast_sql import fetch_one
from apps.shared.relay.models import Backlog, Wakeup
from apps.shared.relay.pressure import BrokerSilent, messages_waiting
from apps.shared.relay.wakeups import wake_relay
from apps.shared.schema import PUBLIC, use_schema

from .claim import claim_due
from .hand_back import hand_back
from .lease import Handed
from .tasks import deliver_batch
from .turns import Turns

logger = logging.getLogger(__name__)

SCHEMAS_PER_ROUND = 1000
BATCH = 100
_BROKER_PAUSE = timedelta(seconds=1)
# Of a shop that could not be looked into; and how long to wait for who has locked a table of it.
_SHOP_PAUSE = timedelta(seconds=5)
_LOCK_TIMEOUT = "500ms"

# Which schemas have work now, and when there will be some: one statement, whatever the number of
# shops. Who has waited longest comes first; a shop's thousands of wake-ups hide no other's one.
_LOOK = """
    WITH due AS (
        SELECT schema_name, min(id) AS first, string_agg(DISTINCT queue, ',') AS queues
        FROM public.relay_wakeup
        WHERE due_at <= %(now)s AND (queue = '' OR queue = ANY(%(queues)s::text[]))
        GROUP BY schema_name ORDER BY first LIMIT %(limit)s
    ), known AS (
        SELECT schema_name, first, queues,
            to_regclass(format('%%I.outbox_eventdelivery', schema_name)) IS NOT NULL AS exists
        FROM due
    )
    SELECT clock_timestamp(), array_agg(schema_name ORDER BY first) FILTER (WHERE exists),
        array_agg(queues ORDER BY first) FILTER (WHERE exists),
        array_agg(schema_name) FILTER (WHERE NOT exists),
        (SELECT min(due_at) FROM public.relay_wakeup WHERE due_at > %(now)s)
    FROM known
"""


@dataclass(frozen=True)
class Round:
    """How many deliveries were `sent`; whether there `is_more` to send at once; whether somebody
    `is_held_up` until the workers have made room; and when the next wake-up comes due of those that
    were there before."""

    sent: int
    is_more: bool = False
    is_held_up: bool = False
    next_due_at: datetime | None = None


def relay_round(*, now: datetime, turns: Turns | None = None) -> Round:
    """Hand out what is due in the schemas that have wake-ups.

    Each schema gives at most one batch a round and queue, and only to queues that have room: a busy
    shop can neither starve the others nor fill the queues before them. When the broker is down the
    round ends: what was claimed is handed back, the rest stays unclaimed.
    """
    turns = turns or Turns()
    try:
        queues = turns.begin(messages_waiting(QUEUES))
    except BrokerSilent as error:
        logger.warning("broker_unavailable", extra={"error": str(error)})
        return Round(0)
    with use_schema(PUBLIC):
        due, gone, next_due_at = _look(now=now, queues=queues)
        for name in gone:
            _forget(name, now=now)
        try:
            sent, is_more, held_up = _hand_out(due, queues, turns, now=now)
        except BrokerError as error:
            logger.warning("broker_unavailable", extra={"error": str(error)})
            return Round(0)
    is_held_up = held_up or len(queues) < len(QUEUES)
    return Round(sent, is_more, is_held_up, next_due_at)


def _hand_out(
    due: list[tuple[str, list[str]]], queues: Sequence[str], turns: Turns, *, now: datetime
) -> tuple[int, bool, bool]:
    """How many were sent, whether a batch was full, and whether somebody was left for later."""
    sent, is_more, held_up = 0, False, False
    for name, named in due:
        wanted = queues if "" in named else named
        allowed = turns.allowed(name, wanted)
        held_up |= len(allowed) < len(wanted)
        if not allowed:
            continue
        for queue, number in _relay_or_put_off(name, allowed, now=now).items():
            turns.took(name, queue)
            sent += number
            is_more |= number >= BATCH
    return sent, is_more, held_up


def _look(
    *, now: datetime, queues: Sequence[str]
) -> tuple[list[tuple[str, list[str]]], list[str], datetime | None]:
    """Schemas that have work and in which queues (an empty name means all), schemas that are no
    more, and the next due time. Sets the clock."""
    asked = time.monotonic()
    parameters = {"now": now, "queues": list(queues), "limit": SCHEMAS_PER_ROUND}
    row = read_first(lambda: fetch_one(_LOOK, parameters))
    if row is None:
        raise RuntimeError("an aggregate has a row")
    database_time, due, wanted, gone, next_due_at = row
    clock.compare(database_time, asked=asked)
    by_queues = [
        (name, each.split(",")) for name, each in zip(due or [], wanted or [], strict=True)
    ]
    return by_queues, gone or [], next_due_at


def _relay_or_put_off(name: str, queues: Sequence[str], *, now: datetime) -> dict[str, int]:
    """As `_relay_schema`; a shop whose tables are locked, or are not what they should be, is asked
    again later, and holds up no other."""
    try:
        return _relay_schema(name, queues, now=now)
    except DatabaseError as error:
        if connection.connection is None or connection.connection.closed:
            raise  # that is no shop's fault
        logger.exception("relay_shop_put_off", exc_info=error, extra={"schema": name})
        metrics.SHOPS_PUT_OFF.inc()
        _put_off(name, now=now)
        return {}


@owns_transaction
def _put_off(name: str, *, now: datetime) -> None:
    """Look into the shop again after a while, at all its queues."""
    Wakeup.objects.filter(schema_name=name, due_at__lte=now).delete()
    wake_relay(schema_name=name, due_at=now + _SHOP_PAUSE)


def _relay_schema(name: str, queues: Sequence[str], *, now: datetime) -> dict[str, int]:
    """How many deliveries went to each queue. Raises BrokerError, after handing back what was not
    sent."""
    with use_schema(name):
        by_queue = _claim(queues, now=now)
        sent = {}
        for queue, handed in list(by_queue.items()):
            try:
                _send(name, queue, handed)
            except BrokerError:
                _hand_back([one for unsent in by_queue.values() for one in unsent], now=now)
                raise
            sent[queue] = len(by_queue.pop(queue))
    return sent


def _send(schema_name: str, queue: str, handed: list[Handed]) -> None:
    deliver_batch.apply_async(
        kwargs={
            "schema_name": schema_name,
            "handed": [[one.delivery_id, one.token] for one in handed],
        },
        queue=queue,
        retry=False,
    )


@owns_transaction
def _claim(queues: Sequence[str], *, now: datetime) -> dict[str, list[Handed]]:
    """Wake-ups go and deliveries are claimed in one transaction: a crash loses neither."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_LOCK_TIMEOUT])
    return claim_due(now=now, limit=BATCH, queues=queues)


@owns_transaction
def _forget(name: str, *, now: datetime) -> None:
    Wakeup.objects.filter(schema_name=name, due_at__lte=now).delete()
    Backlog.objects.filter(schema_name=name).delete()


@owns_transaction
def _hand_back(handed: list[Handed], *, now: datetime) -> None:
    hand_back(handed, due_at=now + _BROKER_PAUSE)
