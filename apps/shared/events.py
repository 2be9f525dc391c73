"""Domain events: facts in the past tense, and who wants to hear of them."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, TypeVar

QUEUES = ("financial", "billing", "default", "audit", "bulk")


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact. Subclasses are frozen, hold primitives only, and give new fields a default.

    `name` is `app.aggregate.past_tense`; `aggregate_field` names the field that holds the id of
    the thing it happened to.
    """

    name: ClassVar[str]
    aggregate_field: ClassVar[str]
    version: ClassVar[int] = 1

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        EVENT_TYPES[cls.name] = cls

    @property
    def aggregate_type(self) -> str:
        return self.name.split(".")[1]

    @property
    def aggregate_id(self) -> str:
        return str(getattr(self, self.aggregate_field))

    def payload(self) -> dict[str, Any]:
        """The fields, ready for JSON."""
        return asdict(self)


E = TypeVar("E", bound=Event)
EVENT_TYPES: dict[str, type[Event]] = {}


@dataclass(frozen=True)
class Subscriber:
    """One handler of one event type.

    `outside` handlers reach beyond the database: they run without a transaction and are given the
    delivery's id as a key that makes a repetition recognisable; the others run in the transaction
    that marks the delivery done.
    """

    key: str
    event_type: type[Event]
    handler: Callable[..., None]
    queue: str
    outside: bool


_SUBSCRIBERS: dict[str, Subscriber] = {}


def subscribe(
    event_type: type[E], *, queue: str = "default", outside: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a handler: `handler(event)`, or `handler(event, key=…)` when it is `outside`."""
    if queue not in QUEUES:
        raise ValueError(f"unknown queue {queue}")

    def register(handler: Callable[..., None]) -> Callable[..., None]:
        key = f"{handler.__module__.removesuffix('.handlers')}.{handler.__qualname__}"
        _SUBSCRIBERS[key] = Subscriber(key, event_type, handler, queue, outside)
        return handler

    return register


def subscribers_of(event_type: type[Event]) -> list[Subscriber]:
    """Everyone who gets a delivery of this type, in order of registration."""
    return [one for one in _SUBSCRIBERS.values() if one.event_type is event_type]


def subscriber(key: str) -> Subscriber | None:
    """The subscriber with this key, or None when its code is gone."""
    return _SUBSCRIBERS.get(key)
