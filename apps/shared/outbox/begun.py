"""A delivery in a worker's hands."""

import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from apps.shared.events import EVENT_TYPES, Event, Subscriber, subscriber

from .lease import Handed
from .signals import SIGNAL_SUBSCRIBER, django_signal_subscriber


class UnknownSubscriber(Exception):
    """The code that this delivery is for is not installed (any more)."""


@dataclass(frozen=True)
class Begun:
    """A delivery that is ours, whose attempt has been counted, and its event. `since` is a time of
    `time.monotonic`."""

    id: int
    token: int
    subscriber: str
    event_id: UUID
    event_name: str
    payload: dict[str, Any]
    request_id: str
    since: float = field(default_factory=time.monotonic)

    @property
    def held(self) -> Handed:
        return Handed(self.id, self.token)

    @property
    def key(self) -> str:
        """Unique among all tenants: it may end up at a provider that they share."""
        return f"{self.event_id.hex}-{self.id}"

    def event(self) -> Event:
        """Raises KeyError or TypeError for one that the code does not know (any more)."""
        return EVENT_TYPES[self.event_name](**self.payload)

    def wanted_by(self) -> Subscriber:
        """Raises UnknownSubscriber."""
        found = subscriber(self.subscriber)
        if self.subscriber == SIGNAL_SUBSCRIBER and self.event_name in EVENT_TYPES:
            found = django_signal_subscriber(EVENT_TYPES[self.event_name])
        if found is None:
            raise UnknownSubscriber(self.subscriber)
        return found
