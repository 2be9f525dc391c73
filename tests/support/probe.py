"""An event type of the tests' own, and handlers that leave a trace."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from apps.shared import events
from apps.shared.events import Event, subscribe
from apps.shared.outbox.claim import claim_due
from apps.shared.outbox.deliver import deliver
from apps.shared.outbox.emit import emit
from apps.shared.outbox.lease import Handed
from apps.shared.outbox.models import EventDelivery

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Probed(Event):
    """Something was probed."""

    name = "probe.thing.probed"
    aggregate_field = "thing_id"

    thing_id: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Measured(Event):
    """The same thing was measured as well."""

    name = "probe.thing.measured"
    aggregate_field = "thing_id"

    thing_id: str
    note: str = ""


@contextmanager
def subscribed(
    *handlers: Callable[..., None], to: type[Event] = Probed, **how: Any
) -> Iterator[None]:
    """Subscribe `handlers` to Probed, or another type, for the block."""
    before = dict(events._SUBSCRIBERS)
    try:
        for handler in handlers:
            subscribe(to, **how)(handler)
        yield
    finally:
        events._SUBSCRIBERS.clear()
        events._SUBSCRIBERS.update(before)


def emit_probed(thing_id: str = "t1", *, note: str = "", now: datetime = NOW) -> None:
    """Emit one Probed in a transaction of its own."""
    with transaction.atomic():
        emit(Probed(thing_id=thing_id, note=note), now=now)


def claim(*, now: datetime = NOW, limit: int = 100) -> list[Handed]:
    """Everything due, claimed as the relay does."""
    with transaction.atomic():
        by_queue = claim_due(now=now, limit=limit)
    return [one for handed in by_queue.values() for one in handed]


def deliver_due(*, now: datetime = NOW) -> list[bool]:
    """Claim and deliver what is due, as relay and worker do."""
    return [deliver(one) for one in claim(now=now)]


def delivery() -> EventDelivery:
    """The one delivery that there is."""
    return EventDelivery.objects.get()


def after(seconds: float) -> datetime:
    """A moment after NOW."""
    return NOW + timedelta(seconds=seconds)
