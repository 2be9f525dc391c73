"""Making deliveries: each acts once, however often it is handed out."""

import logging
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.shared import clock, context
from apps.shared.db import outside_transaction, owns_transaction, retry_lost_races, unit_of_work
from apps.shared.events import EVENT_TYPES, Event, Subscriber, subscriber
from apps.shared.relay.wakeups import wake_relay
from apps.shared.schema import current_schema

from .models import DeliveryState, EventDelivery
from .signals import SIGNAL_SUBSCRIBER, django_signal_subscriber

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
LEASE = timedelta(seconds=20)
OUTSIDE_LEASE = timedelta(seconds=90)
_BASE_DELAY_SECONDS = 2.0


class UnknownSubscriber(Exception):
    """The code that this delivery is for is not installed (any more)."""


@dataclass(frozen=True)
class Handed:
    """A delivery as the relay handed it out; `attempt` is the fencing token."""

    delivery_id: int
    attempt: int


@outside_transaction
def deliver(handed: Handed) -> bool:
    """Run one delivery's handler, once. True when it is (now) done.

    A delivery that somebody else holds by now, or that is done, is left alone. A failure is
    written down and tried again with growing delay, the fifth one makes it a dead letter.
    """
    try:
        return _deliver(handed)
    except Exception as error:
        logger.exception("delivery_failed", extra={"delivery": handed.delivery_id})
        _record_failure(handed, error=f"{type(error).__name__}: {error}", now=clock.now())
        return False


def _deliver(handed: Handed) -> bool:
    outside = _lease_if_outside(handed, now=clock.now())
    if outside is not None:
        row, found = outside
        with context.acting(request=row.event.request_id, as_actor=f"event:{row.subscriber}"):
            found.handler(_event_of(row), key=str(row.pk))
        return _mark_done(handed, now=clock.now())
    return retry_lost_races(lambda: _deliver_inside(handed))


def _deliver_inside(handed: Handed) -> bool:
    with unit_of_work():
        row = _held(handed)
        if row is None:
            return False
        found = _subscriber_of(row)
        with context.acting(request=row.event.request_id, as_actor=f"event:{row.subscriber}"):
            found.handler(_event_of(row))
        _finish(row, now=clock.now())
    return True


@owns_transaction
def _lease_if_outside(handed: Handed, *, now: datetime) -> tuple[EventDelivery, Subscriber] | None:
    """For handlers that leave the database: hold the delivery for as long as they may take."""
    row = _held(handed)
    if row is None:
        return None
    found = _subscriber_of(row)
    if not found.outside:
        return None
    row.due_at = now + OUTSIDE_LEASE
    row.save(update_fields=["due_at"])
    wake_relay(schema_name=current_schema(), due_at=row.due_at)
    return row, found


@owns_transaction
def _mark_done(handed: Handed, *, now: datetime) -> bool:
    row = _held(handed)
    if row is None:
        return False
    _finish(row, now=now)
    return True


@owns_transaction
def _record_failure(handed: Handed, *, error: str, now: datetime) -> None:
    row = _held(handed)
    if row is None:
        return
    row.last_error = error[:2000]
    if row.attempts >= MAX_ATTEMPTS:
        row.state = DeliveryState.DEAD
        logger.error("delivery_dead", extra={"delivery": row.pk, "subscriber": row.subscriber})
    else:
        row.state = DeliveryState.PENDING
        row.due_at = now + backoff(row.attempts)
        wake_relay(schema_name=current_schema(), due_at=row.due_at)
    row.save(update_fields=["state", "due_at", "last_error"])


def backoff(attempts: int) -> timedelta:
    """How long to wait after this many attempts: about 2, 8, 32, 128 s, each ± 25 %."""
    jitter = random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, no secret
    return timedelta(seconds=_BASE_DELAY_SECONDS * 4 ** (attempts - 1) * jitter)


def _held(handed: Handed) -> EventDelivery | None:
    """The row, locked, if it is still the caller's. One that is locked is somebody else's."""
    return (
        EventDelivery.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("event")
        .filter(pk=handed.delivery_id, state=DeliveryState.RUNNING, attempts=handed.attempt)
        .first()
    )


def _finish(row: EventDelivery, *, now: datetime) -> None:
    row.state = DeliveryState.DONE
    row.delivered_at = now
    row.last_error = ""
    row.save(update_fields=["state", "delivered_at", "last_error"])


def _event_of(row: EventDelivery) -> Event:
    return EVENT_TYPES[row.event.name](**row.event.payload)


def _subscriber_of(row: EventDelivery) -> Subscriber:
    if row.subscriber == SIGNAL_SUBSCRIBER:
        found = django_signal_subscriber(EVENT_TYPES[row.event.name])
    else:
        found = subscriber(row.subscriber)
    if found is None:
        raise UnknownSubscriber(row.subscriber)
    return found
