"""Making deliveries: each acts once, however often it is handed out."""

import logging
import random
import time
from datetime import datetime, timedelta

from django.db import connection

from apps.shared import clock, context, metrics
from apps.shared.db import (
    outside_transaction,
    owns_statement,
    owns_transaction,
    retry_lost_races,
    unit_of_work,
)
from apps.shared.events import Event, Subscriber
from apps.shared.fast_sql import fetch_one
from apps.shared.relay.wakeups import wake_relay
from apps.shared.schema import current_schema

from .begun import Begun
from .dead_letters import bury, told
from .lease import LEASE, RENEWED_EVERY, Handed, kept_lease, renewed
from .models import DeliveryState, EventDelivery
from .order import call_next

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
_BASE_DELAY_SECONDS = 2.0


# For a lock that a handler wants: whoever holds it for longer (a person in psql, a migration) costs
# a shop an attempt, and the worker goes on with the other shops.
WAIT_NO_LONGER = "set_config('lock_timeout', '5s', true)"

# Both wait for who holds the row locked, if its token is still the caller's. That is never another
# handler, but a relay whose look began before the row was handed out: PostgreSQL lets it keep the
# lock of a row that has changed under it, which it then leaves alone. Its transaction is short;
# whoever passed over such a row would leave it lying until its lease ends.
_BEGIN = """
    UPDATE {schema}.outbox_eventdelivery AS delivery
    SET token = delivery.token + 1, attempts = attempts + 1, due_at = %(lease_ends_at)s
    FROM {schema}.outbox_domainevent AS event
    WHERE event.id = delivery.event_id AND delivery.id = %(id)s
        AND delivery.state = 'running' AND delivery.token = %(token)s
    RETURNING delivery.id, delivery.token, delivery.subscriber, event.id, event.name,
        event.payload, event.request_id
"""
_FINISH = """
    UPDATE {schema}.outbox_eventdelivery
    SET state = 'done', delivered_at = %(now)s, last_error = ''
    WHERE id = %(id)s AND state = 'running' AND token = %(token)s
    RETURNING id, {wait_no_longer}
"""


@outside_transaction
def deliver(handed: Handed) -> bool:
    """Run one delivery's handler, once. True when that made it done.

    A delivery that somebody else holds by now, or that is done, is left alone. A failure is
    written down and tried again with growing delay, the fifth one makes it a dead letter.
    """
    begun = _begin(handed, now=clock.now())
    return begun is not None and carry_out(begun)


@outside_transaction
def carry_out(begun: Begun) -> bool:
    """Run the handler of a delivery that is the caller's. True when that made it done."""
    try:
        with context.acting(request=begun.request_id, as_actor=f"event:{begun.subscriber}"):
            is_done = _act(begun)
    except Exception as error:
        note_failure(begun.held, subscriber_key=begun.subscriber, error=error)
        return False
    if is_done:
        metrics.EVENTS_PROCESSED.inc()
    return is_done


@outside_transaction
def note_failure(held: Handed, *, subscriber_key: str, error: Exception) -> None:
    """An attempt failed: count, log and write it down, unless the delivery has changed hands."""
    metrics.EVENT_FAILURES.inc()
    logger.error(
        "delivery_failed",
        exc_info=error,
        extra={"delivery": held.delivery_id, "subscriber": subscriber_key},
    )
    _record_failure(held, error=error, now=clock.now())


@owns_statement
def _begin(handed: Handed, *, now: datetime) -> Begun | None:
    """Count an attempt, before it is made, and begin its lease.

    Takes a new token: the same message, delivered twice, begins once.
    """
    row = fetch_one(
        _BEGIN.format(schema=connection.ops.quote_name(current_schema())),
        {"id": handed.delivery_id, "token": handed.token, "lease_ends_at": now + LEASE},
    )
    return Begun(*row) if row else None


def _act(begun: Begun) -> bool:
    wanted, event = begun.wanted_by(), begun.event()
    if wanted.outside:
        if _waited_long(begun) and not renewed(begun.held, now=clock.now()):
            return False
        with kept_lease(begun.held):
            wanted.handler(event, key=begun.key)
        return _mark_done(begun, wanted, now=clock.now())
    return retry_lost_races(lambda: _act_inside(begun, wanted, event))


def _waited_long(begun: Begun) -> bool:
    """Whether it has waited for its turn so long that somebody else may have taken it over."""
    return time.monotonic() - begun.since > RENEWED_EVERY.total_seconds()


def _act_inside(begun: Begun, wanted: Subscriber, event: Event) -> bool:
    """Marked first: what the handler writes is undone with the mark, or stays with it."""
    with unit_of_work():
        if not _finish(begun, now=clock.now()):
            return False
        wanted.handler(event)
        _call_next(begun, wanted)
    return True


@owns_transaction
def _mark_done(begun: Begun, wanted: Subscriber, *, now: datetime) -> bool:
    if not _finish(begun, now=now):
        return False
    _call_next(begun, wanted)
    return True


def _finish(begun: Begun, *, now: datetime) -> bool:
    """False when it is not the caller's any more."""
    row = fetch_one(
        _FINISH.format(
            schema=connection.ops.quote_name(current_schema()), wait_no_longer=WAIT_NO_LONGER
        ),
        {"id": begun.id, "token": begun.token, "now": now},
        savepoint=False,
    )
    return row is not None


def _call_next(begun: Begun, wanted: Subscriber) -> None:
    if wanted.line:
        row = EventDelivery.objects.select_related("event").get(pk=begun.id)
        call_next(row, now=clock.now())


@owns_transaction
def _record_failure(held: Handed, *, error: Exception, now: datetime) -> None:
    row = (
        EventDelivery.objects.select_for_update()
        .filter(pk=held.delivery_id, state=DeliveryState.RUNNING, token=held.token)
        .first()
    )
    if row is None:
        return
    if row.attempts >= MAX_ATTEMPTS:
        bury(row, error=error)
        return
    row.state = DeliveryState.PENDING
    row.last_error = told(error)
    row.due_at = now + backoff(row.attempts)
    row.save(update_fields=["state", "due_at", "last_error"])
    wake_relay(schema_name=current_schema(), queue=row.queue, due_at=row.due_at)


def backoff(attempts: int) -> timedelta:
    """How long to wait after this many attempts: about 2, 8, 32, 128 s, each ± 25 %."""
    jitter = random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, no secret
    return timedelta(seconds=_BASE_DELAY_SECONDS * 4 ** (attempts - 1) * jitter)
