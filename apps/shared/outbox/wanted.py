"""Choosing deliveries by what people know of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from .models import EventDelivery


@dataclass(frozen=True, kw_only=True)
class WantedDeliveries:
    """Which: everything that is given must fit. Times are those of the events, `until` excluded."""

    ids: Collection[int] = ()
    event_name: str = ""
    subscriber: str = ""
    states: Collection[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    dead_only: bool = False
    even_done: bool = False

    @property
    def is_narrow(self) -> bool:
        """Whether it names more than states."""
        return bool(self.ids or self.event_name or self.subscriber or self.since)


def matching(wanted: WantedDeliveries) -> QuerySet[EventDelivery]:
    """The deliveries that fit by id, event, subscriber, time and state."""
    rows: QuerySet[EventDelivery] = EventDelivery.objects.all()
    if wanted.ids:
        rows = rows.filter(pk__in=wanted.ids)
    if wanted.event_name:
        rows = rows.filter(event__name=wanted.event_name)
    if wanted.subscriber:
        rows = rows.filter(subscriber=wanted.subscriber)
    if wanted.states:
        rows = rows.filter(state__in=wanted.states)
    if wanted.since:
        rows = rows.filter(event__occurred_at__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(event__occurred_at__lt=wanted.until)
    return rows
