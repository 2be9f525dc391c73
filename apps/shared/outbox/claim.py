"""Handing out deliveries that are due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F, Min

from apps.shared.db import joins_transaction
from apps.shared.events import QUEUES, lines
from apps.shared.fast_sql import fetch_one
from apps.shared.relay.wakeups import LEASE_ENDS_EVERY, wake_relay
from apps.shared.schema import current_schema

from .dead_letters import bury
from .deliver import MAX_ATTEMPTS
from .lease import LEASE, Handed
from .measure import forget_if_idle, note_backlog
from .models import DeliveryState, EventDelivery
from .order import hold_back


class WorkerLost(Exception):
    """A delivery's attempts are used up, and none of them has ended."""


OPEN_STATES = (DeliveryState.PENDING, DeliveryState.RUNNING)
# How long to leave a due row alone that somebody else has locked.
_LOCKED_PAUSE = timedelta(seconds=1)
# What waits for longer than this is told to who measures: the rest is a moment's work.
_LATE = timedelta(seconds=1)

# The relay's look into one schema, one statement. Its wake-ups go, what is due in each queue is
# leased, and a wake-up is left for what is open then: at once behind a limit, soon for what others
# have locked, else for the end of the leases. However often it was in vain, a lease is as long as
# the first: what a dead worker held goes on within 30 s, and queues that nobody empties have no
# room for more messages (turns.py).
_CLAIM = """
    WITH taken AS (
        DELETE FROM public.relay_wakeup WHERE id = ANY(ARRAY(
            SELECT id FROM public.relay_wakeup
            WHERE schema_name = %(schema_name)s AND due_at <= %(now)s
                AND (queue = '' OR queue = ANY(%(queues)s::text[]))
            FOR UPDATE SKIP LOCKED
        ))
        RETURNING queue
    ), due AS MATERIALIZED (
        SELECT found.* FROM unnest(%(queues)s::text[]) AS wanted(queue)
        CROSS JOIN LATERAL (
            SELECT id, queue, attempts, token, subscriber, due_at
            FROM {schema}.outbox_eventdelivery AS waiting
            WHERE waiting.queue = wanted.queue AND waiting.state IN ('pending', 'running')
                AND waiting.due_at <= %(now)s
            ORDER BY waiting.due_at, waiting.id
            LIMIT %(limit)s
            FOR UPDATE SKIP LOCKED
        ) AS found
    ), claimed AS (
        UPDATE {schema}.outbox_eventdelivery AS delivery
        SET state = 'running', token = delivery.token + 1,
            due_at = %(now)s::timestamptz + %(lease)s
        FROM due
        WHERE delivery.id = due.id AND due.attempts < %(most_attempts)s
            AND due.subscriber <> ALL(%(in_line)s::text[])
        RETURNING delivery.id, delivery.queue, delivery.token, delivery.due_at,
            due.due_at AS was_due_at
    ), looked AS (
        SELECT name AS queue, EXISTS (
            SELECT FROM due WHERE due.queue = name OFFSET %(limit)s - 1
        ) AS is_more
        FROM unnest(%(known_queues)s::text[]) AS name
        WHERE name = ANY(%(queues)s::text[]) OR EXISTS (SELECT FROM taken WHERE taken.queue = '')
    ), left_over AS (
        SELECT queue, CASE WHEN is_more THEN %(now)s::timestamptz ELSE least(
            (
                SELECT CASE WHEN looked.queue = ANY(%(queues)s::text[])
                    THEN greatest(waiting.due_at, %(now)s::timestamptz + %(locked_pause)s)
                    ELSE waiting.due_at END
                FROM {schema}.outbox_eventdelivery AS waiting
                WHERE waiting.queue = looked.queue AND waiting.state IN ('pending', 'running')
                    AND waiting.id <> ALL(ARRAY(SELECT id FROM due))
                ORDER BY waiting.due_at LIMIT 1
            ),
            (
                SELECT to_timestamp(ceil(extract(epoch FROM min(claimed.due_at)) / %(every)s)
                    * %(every)s)
                FROM claimed WHERE claimed.queue = looked.queue
            )
        ) END AS look_at
        FROM looked
    ), woken AS (
        INSERT INTO public.relay_wakeup (schema_name, queue, due_at)
        SELECT %(schema_name)s, queue, look_at FROM left_over
        WHERE look_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM public.relay_wakeup AS known WHERE known.schema_name = %(schema_name)s
                AND known.queue = left_over.queue AND known.due_at = left_over.look_at
                AND known.due_at > %(now)s
        )
    )
    SELECT array_agg(id ORDER BY was_due_at, id), array_agg(token ORDER BY was_due_at, id),
        array_agg(queue ORDER BY was_due_at, id), min(was_due_at), max(token),
        ARRAY(
            SELECT id FROM due
            WHERE attempts >= %(most_attempts)s OR subscriber = ANY(%(in_line)s::text[])
        ),
        EXISTS (SELECT FROM left_over WHERE look_at IS NOT NULL)
    FROM claimed
"""


@dataclass(frozen=True)
class _Found:
    """What one look into a schema has found. `special` are the ids of due rows that want care."""

    ids: Sequence[int]
    tokens: Sequence[int]
    queues: Sequence[str]
    oldest_due_at: datetime | None
    highest_token: int
    special: Sequence[int]
    is_open: bool

    def is_late(self, now: datetime) -> bool:
        """Whether something waited for long, or was handed out before, in vain."""
        waited = self.oldest_due_at is not None and self.oldest_due_at < now - _LATE
        return waited or self.highest_token > 1 or bool(self.special)


@joins_transaction
def claim_due(
    *, now: datetime, limit: int, queues: Sequence[str] = QUEUES
) -> dict[str, list[Handed]]:
    """Take up to `limit` due deliveries of the current schema under a lease, for each queue.

    Due are pending ones whose time has come and running ones whose lease has run out. Several
    relays may claim at once: each row goes to one of them. What must wait for an earlier one of
    its aggregate is put off.
    """
    found = _claim(now=now, limit=limit, queues=queues)
    by_queue: dict[str, list[Handed]] = {}
    for queue, key, token in zip(found.queues, found.ids, found.tokens, strict=True):
        by_queue.setdefault(queue, []).append(Handed(key, token))
    if found.special:
        for row in _claim_with_care(found.special, now=now):
            by_queue.setdefault(row.queue, []).append(Handed(row.pk, row.token + 1))
    if not found.is_open and not found.special:
        forget_if_idle()
    elif found.is_late(now):
        note_backlog(now=now)
    return by_queue


def _claim(*, now: datetime, limit: int, queues: Sequence[str]) -> _Found:
    schema = current_schema()
    row = fetch_one(
        _CLAIM.format(schema=connection.ops.quote_name(schema)),
        {
            "schema_name": schema,
            "now": now,
            "limit": limit,
            "queues": list(queues),
            "known_queues": list(QUEUES),
            "lease": LEASE,
            "most_attempts": MAX_ATTEMPTS,
            "in_line": list(lines()),
            "locked_pause": _LOCKED_PAUSE,
            "every": LEASE_ENDS_EVERY.total_seconds(),
        },
        savepoint=False,
    )
    ids, tokens, named, oldest, highest, special, is_open = row or (None,) * 7
    return _Found(
        ids or [], tokens or [], named or [], oldest, highest or 0, special or [], bool(is_open)
    )


def _claim_with_care(ids: Sequence[int], *, now: datetime) -> list[EventDelivery]:
    """Of due rows that this transaction holds: the exhausted are buried, and of those that stand in
    a line the heads are claimed. Returned as they were before."""
    due = list(EventDelivery.objects.filter(pk__in=ids).order_by("due_at", "id"))
    for row in due:
        if row.attempts >= MAX_ATTEMPTS:
            bury(row, error=WorkerLost("it died or lost its lease every time"))
    claimed = hold_back([row for row in due if row.attempts < MAX_ATTEMPTS], now=now)
    for row in claimed:
        EventDelivery.objects.filter(pk=row.pk).update(
            state=DeliveryState.RUNNING, token=F("token") + 1, due_at=now + LEASE
        )
    left = EventDelivery.objects.filter(pk__in=ids, state__in=OPEN_STATES)
    for one in left.values("queue").annotate(earliest=Min("due_at")):
        wake_relay(schema_name=current_schema(), queue=one["queue"], due_at=one["earliest"])
    return claimed
