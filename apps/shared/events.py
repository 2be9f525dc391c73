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
    that marks the delivery done. Deliveries in one `line` wait for the earlier ones of the same
    aggregate (docs/adr/0020-order-on-request.md); with an empty one they wait for nobody.
    """

    key: str
    event_type: type[Event]
    handler: Callable[..., None]
    queue: str
    outside: bool
    line: str = ""


_SUBSCRIBERS: dict[str, Subscriber] = {}
_served: set[str] = set()


def subscribe(
    event_type: type[E],
    *,
    queue: str = "default",
    outside: bool = False,
    in_order: bool = False,
    line: str = "",
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a handler: `handler(event)`, or `handler(event, key=…)` when it is `outside`.

    `in_order`: it hears of an aggregate's events one after the other, in their sequence; a failure
    or a dead letter holds up the later ones of that aggregate, and of no other. Handlers of several
    event types that name the same `line` keep one order together; two of them that want the same
    event keep none between themselves.
    """
    if queue not in QUEUES:
        raise ValueError(f"unknown queue {queue}")
    if line and not in_order:
        raise ValueError(f"a line ({line}) is for handlers that are in_order")

    def register(handler: Callable[..., None]) -> Callable[..., None]:
        key = f"{handler.__module__.removesuffix('.handlers')}.{handler.__qualname__}"
        stands_in = (line or key) if in_order else ""
        _SUBSCRIBERS[key] = Subscriber(key, event_type, handler, queue, outside, stands_in)
        return handler

    return register


def serve(*queues: str) -> None:
    """Say for which queues this process works: it may go on by itself with work of these."""
    _served.update(queues)


def is_served(queue: str) -> bool:
    """Whether this process works for the queue."""
    return queue in _served


def subscribers_of(event_type: type[Event]) -> list[Subscriber]:
    """Everyone who gets a delivery of this type, in order of registration."""
    return [one for one in _SUBSCRIBERS.values() if one.event_type is event_type]


def subscriber(key: str) -> Subscriber | None:
    """The subscriber with this key, or None when its code is gone."""
    return _SUBSCRIBERS.get(key)


def lines() -> dict[str, str]:
    """The lines of the subscribers that stand in one, by their keys."""
    return {key: one.line for key, one in _SUBSCRIBERS.items() if one.line}


def subscriber_keys() -> list[str]:
    """The keys of all subscribers, sorted."""
    return sorted(_SUBSCRIBERS)


def free_to_share() -> list[Subscriber]:
    """Whose deliveries may share a transaction: all effects in the database, and no line."""
    return [one for one in _SUBSCRIBERS.values() if not one.outside and not one.line]
