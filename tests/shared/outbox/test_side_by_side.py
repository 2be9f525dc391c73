"""Handlers that wait for the world outside: one that is slow, hangs or fails holds up no other."""

import threading
import time

import pytest

from apps.shared import context
from apps.shared.outbox import side_by_side
from apps.shared.outbox.models import DeliveryState, EventDelivery
from apps.shared.outbox.work import deliver_all
from apps.shared.schema import current_schema
from tests.support.probe import Probed, claim, emit_probed, subscribed
from tests.support.shops import TestShop


def emit_things(*things: str) -> None:
    for thing in things:
        emit_probed(thing)


def states() -> dict[str, str]:
    """By thing: the state of its delivery."""
    return dict(EventDelivery.objects.values_list("event__aggregate_id", "state"))


def test_handlers_that_wait_for_somebody_do_so_side_by_side(committed_shop: TestShop) -> None:
    """A slow mail server: nine mails take the time of four, the first one alone."""
    threads: set[str] = set()

    def wait(event: Probed, *, key: str) -> None:
        threads.add(threading.current_thread().name)
        assert current_schema() == committed_shop.schema
        assert context.actor.get().startswith("event:")
        time.sleep(0.2)  # the mail server thinks

    with subscribed(wait, outside=True):
        emit_things(*(f"t{number}" for number in range(9)))
        begin = time.monotonic()
        assert deliver_all(claim()) == 9
        took = time.monotonic() - begin

    assert len(threads) == 1 + side_by_side.AT_ONCE
    assert took < 9 * 0.2
    assert set(states().values()) == {"done"}


def test_one_that_hangs_holds_up_none_that_come_after_it(committed_shop: TestShop) -> None:
    """P9 for the world outside: the others are made, or handed back, while it hangs."""
    hanging = threading.Event()

    def wait(event: Probed, *, key: str) -> None:
        time.sleep(0.15)  # somebody else is slow
        if event.thing_id == "hang":
            hanging.wait(timeout=20)
        if event.thing_id == "last":
            seen.append(EventDelivery.objects.filter(state=DeliveryState.DONE).count())
            hanging.set()

    seen: list[int] = []
    with subscribed(wait, outside=True):
        emit_things("a", "hang", "b", "c", "last")
        assert deliver_all(claim()) == 5

    assert len(seen) == 1


def test_a_failure_beside_others_is_noted_and_theirs_is_not(committed_shop: TestShop) -> None:
    def wait(event: Probed, *, key: str) -> None:
        time.sleep(0.15)  # somebody else is slow
        if event.thing_id == "poison":
            raise TimeoutError("nobody answers")

    with subscribed(wait, outside=True):
        emit_things("a", "b", "poison", "c")
        assert deliver_all(claim()) == 3

    assert states()["poison"] == "pending"
    assert [states()[one] for one in "abc"] == ["done"] * 3


@pytest.mark.parametrize(
    ("wall", "own", "waited"), [(0.04, 0.0, False), (1.0, 0.0, True), (1.0, 0.9, False)]
)
def test_who_works_is_told_from_who_waits(
    monkeypatch: pytest.MonkeyPatch, wall: float, own: float, waited: bool
) -> None:
    """Work that uses the processor would gain nothing by threads."""
    watch = side_by_side.Stopwatch()
    begin = time.monotonic()
    monkeypatch.setattr(side_by_side.time, "monotonic", lambda: begin + wall)
    monkeypatch.setattr(side_by_side.time, "thread_time", lambda: watch._own + own)

    assert watch.has_waited() == waited
