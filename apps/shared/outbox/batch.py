"""Making many deliveries at once: a few transactions for a hundred handlers.

Only what has never been begun goes together. Whoever was in a batch that failed or whose worker
died comes back alone, so that one poisonous event costs its companions one attempt at most.
"""

import logging
import time
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import DatabaseError, OperationalError, connection

from apps.shared import clock, context, metrics
from apps.shared.db import outside_transaction, owns_statement, unit_of_work
from apps.shared.events import free_to_share
from apps.shared.fast_sql import fetch_all
from apps.shared.schema import current_schema

from .begun import Begun
from .deliver import WAIT_NO_LONGER, note_failure
from .lease import LEASE, Handed, numbers

logger = logging.getLogger(__name__)

# Handlers keep their locks until the commit, and a shopper may wait for one: end a transaction
# that has taken so long, and go on in the next.
TRANSACTION_SECONDS = 0.2

_HANDED = """
    {schema}.outbox_eventdelivery AS delivery
    JOIN unnest(%(ids)s::bigint[], %(tokens)s::integer[]) AS handed(id, token)
        ON delivery.id = handed.id AND delivery.token = handed.token
    WHERE delivery.state = 'running'
"""
# Locked rows are waited for, as in deliver.py, and locked in one order by all who lock many.
# A lease of which half is left will do: then no index entry changes.
# Sorted by what they are about: two batches then want the locks of the same things in one order.
_BEGIN_ALL = """
    WITH mine AS (
        SELECT delivery.id FROM {handed}
            AND delivery.attempts = 0 AND delivery.subscriber = ANY(%(subscribers)s)
        ORDER BY delivery.id FOR UPDATE OF delivery
    ), begun AS (
        UPDATE {schema}.outbox_eventdelivery AS delivery
        SET token = delivery.token + 1, attempts = 1, due_at = CASE
            WHEN delivery.due_at < %(enough)s THEN %(lease_ends_at)s ELSE delivery.due_at END
        FROM mine WHERE delivery.id = mine.id
        RETURNING delivery.id, delivery.token, delivery.subscriber, delivery.event_id
    )
    SELECT begun.id, begun.token, begun.subscriber, event.id, event.name, event.payload,
        event.request_id
    FROM begun JOIN {schema}.outbox_domainevent AS event ON event.id = begun.event_id
    ORDER BY event.aggregate_type, event.aggregate_id, begun.id
"""
_STILL_HANDED = "SELECT delivery.id FROM {handed} ORDER BY delivery.id"
_HOLD_ALL = """
    WITH held AS (
        SELECT delivery.id FROM {handed} ORDER BY delivery.id FOR UPDATE OF delivery
    )
    SELECT id, {wait_no_longer} FROM held
"""
_FINISH_ALL = """
    UPDATE {schema}.outbox_eventdelivery
    SET state = 'done', delivered_at = %(now)s, last_error = ''
    WHERE id = ANY(%(ids)s::bigint[])
    RETURNING id
"""
# As if they had just been handed out, under a token and with a lease of their own.
_TAKE_APART = """
    WITH mine AS (
        SELECT delivery.id FROM {handed} ORDER BY delivery.id FOR UPDATE OF delivery
    )
    UPDATE {schema}.outbox_eventdelivery AS delivery
    SET token = delivery.token + 1, attempts = delivery.attempts - 1, due_at = %(lease_ends_at)s
    FROM mine WHERE delivery.id = mine.id
    RETURNING delivery.id, delivery.token
"""


class _MemberFailed(Exception):
    """The batch is undone because the handler of one member raised `error`."""

    def __init__(self, member: Begun, error: Exception) -> None:
        super().__init__(member.id)
        self.member = member
        self.error = error


@outside_transaction
def carry_out_together(
    members: list[Begun], *, ends_at: float
) -> tuple[int, list[Handed], list[Begun]]:
    """Run the handlers of deliveries that are the caller's and free to share transactions.

    How many were made done; what is to be delivered alone, because one of them failed; and those
    that there was no time for before `ends_at`, a time of `time.monotonic`.
    """
    done, waiting = 0, members
    while waiting and (not done or time.monotonic() < ends_at):
        try:
            finished, waiting = _act_together(waiting)
        except _MemberFailed as failed:
            # Its attempt has been made; the others may have failed because of it.
            others = [one for one in waiting if one is not failed.member]
            logger.warning("batch_taken_apart", extra={"members": len(waiting)})
            note_failure(
                failed.member.held, subscriber_key=failed.member.subscriber, error=failed.error
            )
            return done, _take_apart(others, now=clock.now()), []
        except DatabaseError as error:
            # A deadlock with another batch: alone they keep to the order of locks. Or what
            # PostgreSQL checks at the commit: alone it is seen whose it was.
            extra = {"members": len(waiting), "reason": str(error)}
            logger.warning("batch_lost_race", extra=extra)
            return done, _take_apart(waiting, now=clock.now()), []
        metrics.EVENTS_PROCESSED.inc(finished)
        done += finished
    return done, [], waiting


def _act_together(members: list[Begun]) -> tuple[int, list[Begun]]:
    """One transaction: how many members it finished, and those that it had no time for."""
    ends_at = time.monotonic() + TRANSACTION_SECONDS
    waiting = deque(members)
    acted: list[int] = []
    with unit_of_work():
        held = _ids(_HOLD_ALL, numbers([one.held for one in members]))
        while waiting and (not acted or time.monotonic() < ends_at):
            member = waiting.popleft()
            if member.id in held:
                _act(member)
                acted.append(member.id)
        _ids(_FINISH_ALL, {"ids": acted, "now": clock.now()})
    return len(acted), list(waiting)


def _act(member: Begun) -> None:
    """Raises _MemberFailed, or OperationalError: that is nobody's fault."""
    try:
        with context.acting(request=member.request_id, as_actor=f"event:{member.subscriber}"):
            member.wanted_by().handler(member.event())
    except OperationalError:
        raise
    except Exception as error:
        raise _MemberFailed(member, error) from error


@owns_statement
def begin_all(handed: Sequence[Handed], *, now: datetime) -> list[Begun]:
    """Count an attempt, before it is made, for all that may go together, and begin their leases.

    Each takes a new token: the same message, delivered twice, begins once.
    """
    free = [one.key for one in free_to_share()]
    lease = {"lease_ends_at": now + LEASE, "enough": now + LEASE / 2}
    parameters = {"subscribers": free, **lease, **numbers(handed)}
    return [Begun(*row) for row in fetch_all(_in_schema(_BEGIN_ALL), parameters)]


@owns_statement
def _take_apart(members: list[Begun], *, now: datetime) -> list[Handed]:
    """Take back the attempt that was counted; those that changed hands are left out."""
    parameters = {"lease_ends_at": now + LEASE, **numbers([one.held for one in members])}
    rows = fetch_all(_in_schema(_TAKE_APART), parameters)
    return sorted((Handed(*row) for row in rows), key=lambda one: one.delivery_id)


@owns_statement
def still_handed(handed: list[Handed]) -> list[Handed]:
    """Without those that a message, delivered twice, or a lost lease has made void."""
    valid = _ids(_STILL_HANDED, numbers(handed))
    return [one for one in handed if one.delivery_id in valid]


def _ids(statement: str, parameters: dict[str, Any]) -> set[int]:
    return {row[0] for row in fetch_all(_in_schema(statement), parameters)}


def _in_schema(statement: str) -> str:
    schema = connection.ops.quote_name(current_schema())
    return statement.format(
        schema=schema, handed=_HANDED.format(schema=schema), wait_no_longer=WAIT_NO_LONGER
    )
