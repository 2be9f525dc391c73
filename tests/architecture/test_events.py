"""Events are plain facts: frozen, of primitives, named in the past tense, each in its app."""

import dataclasses
import json
import re
import typing
from typing import Any

import pytest

from apps.shared.events import _SUBSCRIBERS as SUBSCRIBERS
from apps.shared.events import EVENT_TYPES, QUEUES, Event

_PRIMITIVES = (str, int, bool, type(None))
_NAME = re.compile(r"[a-z]+\.[a-z_]+\.[a-z_]+")
_PAST = ("ed", "paid", "sent", "made", "lost", "found", "signed_up", "begun", "put", "ran_low")


def product_events() -> list[type[Event]]:
    return [one for one in EVENT_TYPES.values() if not one.__module__.startswith("tests.")]


def objections(event_type: type[Event]) -> list[str]:
    """What is wrong with an event type."""
    found = []
    parameters = event_type.__dict__.get("__dataclass_params__")
    if parameters is None or not parameters.frozen:
        found.append("is no frozen dataclass of its own")
    if not _NAME.fullmatch(event_type.name) or not event_type.name.endswith(_PAST):
        found.append(f"{event_type.name} is not app.aggregate.past_tense")
    app = event_type.__module__.removeprefix("apps.").removesuffix(".events")
    if event_type.name.split(".")[0] != app:
        found.append(f"{event_type.name} lives in {event_type.__module__}")
    if not (event_type.__doc__ or "").strip() or event_type.__doc__ == Event.__doc__:
        found.append("does not say what happened")
    hints = typing.get_type_hints(event_type)
    fields = {one.name: hints[one.name] for one in dataclasses.fields(event_type)}
    if event_type.aggregate_field not in fields:
        found.append(f"has no field {event_type.aggregate_field}")
    found += [f"{name}: {kind} is no primitive" for name, kind in fields.items() if not plain(kind)]
    return found


def plain(kind: Any) -> bool:
    """JSON gives it back as it was: str, int, bool, None, and lists and unions of these."""
    if kind in _PRIMITIVES:
        return True
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    is_compound = origin in (list, typing.Union) or origin is getattr(typing, "UnionType", None)
    if not is_compound:
        import types

        is_compound = origin is types.UnionType
    return bool(is_compound and arguments and all(plain(one) for one in arguments))


@pytest.mark.parametrize("event_type", product_events(), ids=lambda one: one.name)
def test_an_event_type_is_a_plain_fact(event_type):
    assert objections(event_type) == []


def test_there_are_events():
    assert len(product_events()) >= 8


def test_no_two_event_types_share_a_name():
    def all_below(kind: type[Event]) -> list[type[Event]]:
        return [one for child in kind.__subclasses__() for one in (child, *all_below(child))]

    names = [one.name for one in all_below(Event) if not one.__module__.startswith("tests.")]
    assert sorted(names) == sorted(set(names))


def test_handlers_are_named_by_their_effect_and_listen_on_known_queues():
    for key, one in SUBSCRIBERS.items():
        assert one.queue in QUEUES, key
        assert one.handler.__module__.endswith(".handlers") or "tests." in key, key
        assert not one.handler.__name__.startswith(("handle", "on_")), key


def test_a_delivery_can_name_every_subscriber():
    from apps.shared.outbox.models import EventDelivery

    longest = EventDelivery._meta.get_field("subscriber").max_length
    assert all(len(key) <= longest for key in SUBSCRIBERS)


def test_the_rule_can_fail(monkeypatch):
    monkeypatch.setattr("apps.shared.events.EVENT_TYPES", {})

    class Thawed(Event):
        name = "orders.order.pay"
        aggregate_field = "order_id"

    assert len(objections(Thawed)) == 5

    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Odd(Event):
        """Something odd happened."""

        name = "test_events.thing.happened"
        aggregate_field = "thing_id"
        thing_id: str
        price: float
        when: dict[str, int]

    assert [one for one in objections(Odd) if "primitive" in one] != []
    assert len([one for one in objections(Odd) if "primitive" in one]) == 2
    assert plain(str | None)
    assert plain(list[str])
    assert not plain(tuple[str, ...]), "JSON gives back a list"


def test_a_payload_survives_json():
    from tests.support.probe import Probed

    event = Probed(thing_id="é", note="\u2028")
    assert Probed(**json.loads(json.dumps(event.payload()))) == event
