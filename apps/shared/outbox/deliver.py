"""Making deliveries: each acts once, however often it is handed out."""

import logging
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from apps.shared import clock, context, metrics
from apps.shared.db import (
    outside_transaction,
    owns_statement,
    owns_transaction,
    retry_lost_races,
    unit_of_work,
)
from apps.shared.events import EVENT_TYPES, Event, Subscriber, subscriber
from apps.shared.fast_sql import fetch_one
from apps.shared.relay.wakeups import wake_relay
from apps.shared.schema import current_schema

from .dead_letters import bury, told
from .lease import LEASE, Handed, kept_lease
from .models import DeliveryState, EventDelivery
from .order import call_next
from .signals import SIGNAL_SUBSCRIBER, django_signal_subscriber

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
_BASE_DELAY_SECONDS = 2.0


# As `_held` finds it, not waiting for who holds it locked.
_BEGIN = """
    UPDATE {schema}.outbox_eventdelivery AS delivery
    SET token = delivery.token + 1, attempts = attempts + 1, due_at = %(lease_ends_at)s
    FROM {schema}.outbox_domainevent AS event
    WHERE event.id = delivery.event_id AND delivery.id = (
        SELECT id FROM {schema}.outbox_eventdelivery
        WHERE id = %(id)s AND state = 'running' AND token = %(token)s
        FOR UPDATE SKIP LOCKED
    )
    RETURNING delivery.token, delivery.subscriber, event.id, event.name, event.payload,
        event.request_id
"""


class UnknownSubscriber(Exception):
    """The code that this delivery is for is not installed (any more)."""


@dataclass(frozen=True)
class _Begun:
    """A delivery that is ours now, under a new token, and its event."""

    token: int
    subscriber: str
    event_id: UUID
    event_name: str
    payload: dict[str, Any]
    request_id: str


@outside_transaction
def deliver(handed: Handed) -> bool:
    """Run one delivery's handler, once. True when that made it done.

    A delivery that somebody else holds by now, or that is done, is left alone. A failure is
    written down and tried again with growing delay, the fifth one makes it a dead letter.
    """
    begun = _begin(handed, now=clock.now())
    if begun is None:
        return False
    held = Handed(handed.delivery_id, begun.token)
    try:
        with context.acting(request=begun.request_id, as_actor=f"event:{begun.subscriber}"):
            is_done = _act(held, begun)
    except Exception as error:
        note_failure(held, subscriber_key=begun.subscriber, error=error)
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
def _begin(handed: Handed, *, now: datetime) -> _Begun | None:
    """Count an attempt, before it is made, and begin its lease.

    Takes a new token: the same message, delivered twice, begins once.
    """
    row = fetch_one(
        _BEGIN.format(schema=connection.ops.quote_name(current_schema())),
        {"id": handed.delivery_id, "token": handed.token, "lease_ends_at": now + LEASE},
    )
    return _Begun(*row) if row else None


def _act(held: Handed, begun: _Begun) -> bool:
    found = _find_subscriber(begun)
    if found is None:
        raise UnknownSubscriber(begun.subscriber)
    event = EVENT_TYPES[begun.event_name](**begun.payload)
    if found.outside:
        # The key is unique among all tenants: it may end up at a provider that they share.
        with kept_lease(held):
            found.handler(event, key=f"{begun.event_id.hex}-{held.delivery_id}")
        return _mark_done(held, now=clock.now())
    return retry_lost_races(lambda: _act_inside(held, found, event))


def _act_inside(held: Handed, found: Subscriber, event: Event) -> bool:
    with unit_of_work():
        row = _held(held)
        if row is None:
            return False
        found.handler(event)
        _finish(row, now=clock.now())
    return True


@owns_transaction
def _mark_done(held: Handed, *, now: datetime) -> bool:
    row = _held(held, waiting=True)
    if row is None:
        return False
    _finish(row, now=now)
    return True


@owns_transaction
def _record_failure(held: Handed, *, error: Exception, now: datetime) -> None:
    row = _held(held, waiting=True)
    if row is None:
        return
    if row.attempts >= MAX_ATTEMPTS:
        bury(row, error=error)
        return
    row.state = DeliveryState.PENDING
    row.last_error = told(error)
    row.due_at = now + backoff(row.attempts)
    row.save(update_fields=["state", "due_at", "last_error"])
    wake_relay(schema_name=current_schema(), due_at=row.due_at)


def backoff(attempts: int) -> timedelta:
    """How long to wait after this many attempts: about 2, 8, 32, 128 s, each ± 25 %."""
    jitter = random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, no secret
    return timedelta(seconds=_BASE_DELAY_SECONDS * 4 ** (attempts - 1) * jitter)


def _held(handed: Handed, *, waiting: bool = False) -> EventDelivery | None:
    """The row, locked, if it is still the caller's.

    One that is locked is in somebody else's hands; who has acted already is `waiting`, since it may
    only be the lease that is being renewed.
    """
    return (
        EventDelivery.objects.select_for_update(skip_locked=not waiting)
        .filter(pk=handed.delivery_id, state=DeliveryState.RUNNING, token=handed.token)
        .first()
    )


def _finish(row: EventDelivery, *, now: datetime) -> None:
    row.state = DeliveryState.DONE
    row.delivered_at = now
    row.last_error = ""
    row.save(update_fields=["state", "delivered_at", "last_error"])
    call_next(row, now=now)


def _find_subscriber(begun: _Begun) -> Subscriber | None:
    if begun.subscriber != SIGNAL_SUBSCRIBER:
        return subscriber(begun.subscriber)
    event_type = EVENT_TYPES.get(begun.event_name)
    return django_signal_subscriber(event_type) if event_type else None
