"""Reading deliveries and how far they lag, for people. Writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q

from .claim import OPEN_STATES
from .models import DeliveryState, DomainEvent, EventDelivery
from .wanted import WantedDeliveries, matching


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """What one subscriber has before it. `oldest_at` is when the oldest open event happened."""

    subscriber: str
    pending: int
    running: int
    dead: int
    oldest_at: datetime | None


def some_deliveries(*, wanted: WantedDeliveries, limit: int) -> list[EventDelivery]:
    """The newest that fit, with their events. One statement."""
    return list(matching(wanted).select_related("event").order_by("-id")[:limit])


def event_with_deliveries(*, key: str) -> tuple[DomainEvent, Sequence[EventDelivery]] | None:
    """An event by its id, or by the number of one of its deliveries; None: there is none."""
    is_number = key.isascii() and key.isdigit() and len(key) < 19
    chosen: dict[str, Any] = {"deliveries__pk": int(key)} if is_number else {}
    if not chosen:
        try:
            chosen = {"pk": UUID(key)}
        except ValueError:
            return None
    event = DomainEvent.objects.filter(**chosen).first()
    return None if event is None else (event, list(event.deliveries.order_by("id")))


def backlog() -> list[Backlog]:
    """Of each subscriber that has open or dead deliveries, the oldest first. One statement."""
    rows = (
        EventDelivery.objects.filter(Q(state__in=OPEN_STATES) | Q(state=DeliveryState.DEAD))
        .values("subscriber")
        .annotate(
            pending=Count("pk", filter=Q(state=DeliveryState.PENDING)),
            running=Count("pk", filter=Q(state=DeliveryState.RUNNING)),
            dead=Count("pk", filter=Q(state=DeliveryState.DEAD)),
            oldest_at=Min("event__occurred_at", filter=Q(state__in=OPEN_STATES)),
        )
        .order_by("oldest_at", "subscriber")
    )
    return [Backlog(**row) for row in rows]
