"""Per-aggregate order for the subscribers that ask for it, whoever fails, is late or dies."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import transaction

from apps.shared import clock
from apps.shared.events import subscribe
from apps.shared.outbox.claim import claim_due
from apps.shared.outbox.deliver import MAX_ATTEMPTS, deliver
from apps.shared.outbox.emit import emit
from apps.shared.outbox.lease import LEASE
from apps.shared.outbox.models import DeliveryState, EventDelivery
from apps.shared.outbox.order import call_next, hold_back
from apps.shared.outbox.requeue import requeue_delivery
from apps.shared.relay.models import Wakeup
from tests.support.probe import (
    NOW,
    Measured,
    Probed,
    after,
    claim,
    deliver_due,
    emit_probed,
    subscribed,
)
from tests.support.shops import TestShop
from tests.support.threads import race

_heard: list[tuple[str, str]] = []
_broken: set[str] = set()


def hear(event: Probed | Measured) -> None:
    """Leaves a trace, or breaks."""
    if event.note in _broken:
        raise TimeoutError(event.note)
    _heard.append((event.thing_id, event.note))


def hear_measured(event: Measured) -> None:
    hear(event)


def hear_unordered(event: Probed) -> None:
    _heard.append((event.thing_id, f"unordered {event.note}"))


@pytest.fixture(autouse=True)
def _in_order():
    _heard.clear()
    _broken.clear()
    with subscribed(hear, in_order=True):
        yield


def emit_three(thing_id: str = "t1") -> None:
    for note in "abc":
        emit_probed(thing_id, note=note)


def states() -> list[tuple[str, str]]:
    rows = EventDelivery.objects.order_by("id")
    return list(rows.values_list("event__payload__note", "state"))


def run_dry() -> list[str]:
    """Claim and deliver what is due within the hour; the notes in the order of effect."""
    while deliver_due(now=clock.now() + timedelta(hours=1)):
        pass
    return [note for _, note in _heard]


def test_only_the_first_of_an_aggregate_is_handed_out(shop_a: TestShop) -> None:
    emit_three()

    (first,) = claim()

    assert states() == [("a", "running"), ("b", "pending"), ("c", "pending")]
    assert claim() == []
    assert deliver(first)


def test_the_end_of_one_calls_up_the_next_at_once(shop_a: TestShop) -> None:
    emit_three()
    (first,) = claim()
    Wakeup.objects.all().delete()
    deliver(first)

    row = EventDelivery.objects.get(event__payload__note="b")
    assert row.due_at <= clock.now()
    assert Wakeup.objects.filter(due_at__lte=clock.now()).exists()
    assert run_dry() == ["a", "b", "c"]


def test_other_aggregates_and_other_subscribers_do_not_wait(shop_a: TestShop) -> None:
    with subscribed(hear_unordered):
        emit_three("t1")
        emit_three("t2")
        assert len(claim()) == 2 + 6


def test_a_failure_holds_up_the_later_ones_until_it_is_made_good(shop_a: TestShop) -> None:
    _broken.add("a")
    emit_three()
    emit_probed("t2", note="free")

    assert deliver_due() == [False, True]
    for seconds in range(1, 60):
        claim(now=after(seconds))
    assert states()[1:3] == [("b", "pending"), ("c", "pending")]
    assert deliver_due(now=clock.now() + timedelta(seconds=10)) == [False]
    _broken.clear()

    assert run_dry() == ["free", "a", "b", "c"]


def test_a_dead_letter_holds_up_its_aggregate_until_it_is_sent_again(shop_a: TestShop) -> None:
    _broken.add("a")
    emit_three()
    emit_probed("t2", note="free")
    for _ in range(MAX_ATTEMPTS):
        deliver_due(now=after(10**9))
    assert states()[0] == ("a", "dead")
    assert claim(now=after(2 * 10**9)) == []

    _broken.clear()
    first = EventDelivery.objects.get(event__payload__note="a")
    requeue_delivery(delivery_id=first.pk, now=NOW)

    assert run_dry() == ["free", "a", "b", "c"]


def test_those_who_wait_are_not_looked_at_all_the_time(shop_a: TestShop) -> None:
    """Behind a dead letter once a minute; behind one that is tried again when it is."""
    emit_three()
    head, *_ = EventDelivery.objects.order_by("id")
    EventDelivery.objects.filter(pk=head.pk).update(state=DeliveryState.DEAD)
    Wakeup.objects.all().delete()
    claim()
    assert set(due_times()[1:]) == {after(60)}
    assert [one.due_at for one in Wakeup.objects.all()] == [after(60)]

    EventDelivery.objects.update(due_at=NOW)
    EventDelivery.objects.filter(pk=head.pk).update(state=DeliveryState.PENDING, due_at=after(8))
    claim()
    assert due_times() == [after(8)] * 3


def due_times() -> list[object]:
    return list(EventDelivery.objects.order_by("id").values_list("due_at", flat=True))


def test_waiting_takes_no_attempt_and_makes_no_lease_longer(shop_a: TestShop) -> None:
    emit_three()
    for seconds in range(60):
        claim(now=after(seconds))

    last = EventDelivery.objects.get(event__payload__note="c")
    assert (last.attempts, last.token) == (0, 0)


def test_many_who_wait_do_not_hide_the_one_behind_them(shop_a: TestShop) -> None:
    emit_three()
    emit_probed("t2", note="free")
    EventDelivery.objects.filter(event__payload__note="a").update(state=DeliveryState.DEAD)

    handed = [*claim(limit=2), *claim(limit=2)]

    assert len(handed) == 1
    assert states()[-1] == ("free", "running")


def test_a_lease_that_ran_out_is_taken_up_again_before_the_next(shop_a: TestShop) -> None:
    emit_three()
    (lost,) = claim()

    (again,) = claim(now=after(LEASE.seconds))

    assert again.delivery_id == lost.delivery_id
    assert not deliver(lost)
    assert deliver(again)
    assert [note for _, note in _heard] == ["a"]


def test_event_types_of_one_line_keep_one_order(shop_a: TestShop) -> None:
    with (
        subscribed(hear, in_order=True, line="things"),
        subscribed(hear_measured, to=Measured, in_order=True, line="things"),
    ):
        with transaction.atomic():
            emit(Measured(thing_id="t1", note="first"), now=NOW)
        emit_probed(note="second")
        assert len(claim()) == 1
        assert run_dry() == ["first", "second"]


def test_lines_of_their_own_do_not_wait_for_each_other(shop_a: TestShop) -> None:
    with subscribed(hear_measured, to=Measured, in_order=True):
        with transaction.atomic():
            emit(Measured(thing_id="t1", note="first"), now=NOW)
        emit_probed(note="second")
        assert len(claim()) == 2


def test_one_that_was_sent_again_goes_before_what_was_handed_out_meanwhile(
    shop_a: TestShop,
) -> None:
    """Whose lease has run out is put back behind it, and its old message is void."""
    emit_three()
    first, second, _ = EventDelivery.objects.order_by("id")
    EventDelivery.objects.filter(pk=first.pk).update(state=DeliveryState.DONE)
    (old,) = claim()
    EventDelivery.objects.filter(pk=first.pk).update(state=DeliveryState.PENDING, due_at=NOW)

    (again,) = claim(now=after(LEASE.seconds))

    assert (old.delivery_id, again.delivery_id) == (second.pk, first.pk)
    assert not deliver(old)
    assert _heard == []


def test_a_line_without_order_is_refused() -> None:
    with pytest.raises(ValueError, match="in_order"):
        subscribe(Probed, line="things")


def test_relays_and_workers_side_by_side_keep_order(committed_shop: TestShop) -> None:
    """Each event acts once and after the one before it; one in four fails the first time."""
    things, notes = [f"t{number}" for number in range(5)], [str(number) for number in range(8)]
    stumbled: list[Probed] = []

    def hear_and_stumble(event: Probed) -> None:
        if event.note in ("1", "5") and event not in stumbled:
            stumbled.append(event)
            raise TimeoutError
        hear(event)

    with subscribed(hear_and_stumble, in_order=True):
        for note in notes:
            for thing in things:
                emit_probed(thing, note=note)
        EventDelivery.objects.exclude(subscriber__contains="stumble").delete()
        results = race(committed_shop, *[_relay_and_work] * 4)

    assert results == [None] * 4
    assert len(stumbled) == 10
    assert {
        thing: [note for one, note in _heard if one == thing] for thing in things
    } == dict.fromkeys(things, notes)
    assert {state for _, state in states()} == {"done"}


def _relay_and_work() -> None:
    """Until all is done. Looks from a moment ahead, so that failures come back at once, but within
    the lease of what others hold."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for one in claim(now=clock.now() + timedelta(seconds=15), limit=3):
            deliver(one)
        if all(state == "done" for _, state in states()):
            return


def test_the_next_is_called_up_even_while_a_relay_puts_it_off(committed_shop: TestShop) -> None:
    """The relay saw the first one running and puts the second off; the first ends meanwhile."""
    emit_three()
    (first,) = claim()
    EventDelivery.objects.exclude(pk=first.delivery_id).update(due_at=NOW)
    looked, ended = threading.Event(), threading.Event()

    def look() -> None:
        with transaction.atomic():
            claim_due(now=after(1), limit=10)
            looked.set()
            ended.wait(timeout=1)

    def end() -> None:
        looked.wait(timeout=20)
        assert deliver(first)
        ended.set()

    assert race(committed_shop, look, end) == [None, None]

    row = EventDelivery.objects.get(event__payload__note="b")
    assert (row.state, row.due_at <= clock.now()) == ("pending", True)
    assert run_dry() == ["a", "b", "c"]


def test_calling_the_next_costs_nothing_without_order(
    shop_a: TestShop, django_assert_num_queries
) -> None:
    with subscribed(hear_unordered):
        emit_probed()
        row = EventDelivery.objects.get(subscriber__endswith="hear_unordered")
        with transaction.atomic(), django_assert_num_queries(0):
            call_next(row, now=NOW)
            hold_back([row], now=NOW)
