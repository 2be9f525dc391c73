"""A worker goes on with what its own handlers emit: every guarantee of a delivery holds there."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.shared import clock, events
from apps.shared.db import owns_transaction
from apps.shared.errors import Conflict
from apps.shared.events import Event
from apps.shared.outbox import batch
from apps.shared.outbox import deliver as deliver_module
from apps.shared.outbox.chain import MOST_DELIVERIES
from apps.shared.outbox.deliver import MAX_ATTEMPTS, deliver
from apps.shared.outbox.emit import emit
from apps.shared.outbox.lease import LEASE, Handed
from apps.shared.outbox.models import DeliveryState, DomainEvent, EventDelivery
from apps.shared.outbox.work import deliver_all
from apps.shared.relay import wakeups
from apps.shared.relay.models import Wakeup
from apps.shared.schema import PUBLIC, current_schema, use_schema
from tests.support.probe import Measured, Probed, claim, subscribed
from tests.support.shops import TestShop
from tests.support.threads import race

_heard: list[str] = []


@owns_transaction
def tell(event: Event) -> None:
    """A service that emits."""
    emit(event, now=clock.now())


def measure(event: Probed) -> None:
    """The first link: what was probed is measured."""
    tell(Measured(thing_id=event.thing_id, note=event.note))


def hear(event: Measured) -> None:
    """The second link."""
    _heard.append(event.thing_id)


@pytest.fixture(autouse=True)
def _worker(monkeypatch: pytest.MonkeyPatch, committed_shop: TestShop) -> Iterator[None]:
    """This process works for two queues; the bell is not heard."""
    _heard.clear()
    monkeypatch.setattr(events, "_served", {"financial", "default"})
    monkeypatch.setattr(wakeups, "ring", lambda: None)
    with subscribed(measure, queue="financial"):
        yield


def probe(*things: str, note: str = "") -> list[Handed]:
    """Emit, and claim as the relay does."""
    for thing in things:
        tell(Probed(thing_id=thing, note=note))
    return claim(now=clock.now())


def rows(kind: type[Event] = Measured) -> list[tuple[str, int, int]]:
    """State, attempts and token of each delivery of such an event, in the order of emission."""
    found = EventDelivery.objects.filter(event__name=kind.name).order_by("id")
    return list(found.values_list("state", "attempts", "token"))


def wakeups_of(shop: TestShop) -> list[Wakeup]:
    return list(Wakeup.objects.filter(schema_name=shop.schema).order_by("due_at"))


def claim_later() -> list[Handed]:
    """As a relay does once all leases are over."""
    return claim(now=clock.now() + 3 * LEASE)


def test_what_a_handler_emits_is_done_without_the_relay() -> None:
    with subscribed(hear, to=Measured):
        assert deliver_all(probe("a")) == 2

    assert _heard == ["a"]
    assert rows() == [(DeliveryState.DONE, 1, 1)]
    assert EventDelivery.objects.filter(delivered_at=None).count() == 0


def test_the_whole_chain_is_followed_across_queues_and_out_of_the_database() -> None:
    keys: list[str] = []

    def call_the_network(event: Measured, *, key: str) -> None:
        assert not connection.in_atomic_block
        keys.append(key)
        tell(Probed(thing_id=event.thing_id, note="last"))

    def finish(event: Probed) -> None:
        if event.note == "last":
            _heard.append(event.thing_id)
        else:
            measure(event)

    events._SUBSCRIBERS.clear()
    with subscribed(finish), subscribed(call_the_network, to=Measured, outside=True):
        assert deliver_all(probe("a")) == 3

    row = EventDelivery.objects.get(event__name=Measured.name)
    assert keys == [f"{row.event_id.hex}-{row.pk}"]
    assert _heard == ["a"]


def test_nothing_is_begun_before_it_is_committed() -> None:
    """Another session sees the event when its handler runs."""
    seen: list[object] = []

    def look(event: Measured) -> None:
        (found,) = race(TestShop(slug=slug), lambda: rows())
        seen.append(found)

    slug = current_schema().removeprefix("shop_").replace("_", "-")
    with subscribed(look, to=Measured):
        deliver_all(probe("a"))

    assert seen == [[(DeliveryState.RUNNING, 1, 1)]]


def test_a_rollback_leaves_nothing_to_go_on_with() -> None:
    def emit_and_break(event: Probed) -> None:
        measure(event)
        raise Conflict("not now")

    events._SUBSCRIBERS.clear()
    with subscribed(emit_and_break), subscribed(hear, to=Measured):
        assert deliver_all(probe("a")) == 0

    assert _heard == []
    assert rows() == []


def test_a_failure_in_the_chain_is_an_attempt_and_comes_back_by_the_relay(
    committed_shop: TestShop,
) -> None:
    def break_down(event: Measured) -> None:
        raise Conflict("cannot")

    with subscribed(break_down, to=Measured):
        assert deliver_all(probe("a")) == 1
        assert rows() == [(DeliveryState.PENDING, 1, 1)]
        row = EventDelivery.objects.get(state=DeliveryState.PENDING)
        assert row.last_error == "Conflict: cannot"
        assert row.due_at in [one.due_at for one in wakeups_of(committed_shop)]
        for _ in range(MAX_ATTEMPTS - 1):
            deliver_all(claim(now=clock.now() + 100 * LEASE))

    assert rows() == [(DeliveryState.DEAD, MAX_ATTEMPTS, 9)]


def test_a_worker_that_dies_leaves_a_lease_and_a_wakeup_within_thirty_seconds(
    committed_shop: TestShop,
) -> None:
    class Killed(BaseException):
        """As `kill -9`: nobody cleans up."""

    def die(event: Measured) -> None:
        if not _heard:
            _heard.append("died")
            raise Killed
        hear(event)

    with subscribed(die, to=Measured):
        with pytest.raises(Killed):
            deliver_all(probe("a"))
        assert rows() == [(DeliveryState.RUNNING, 1, 1)]
        assert claim(now=clock.now() + LEASE / 2) == []
        look = max(one.due_at for one in wakeups_of(committed_shop))
        assert (look - clock.now()).total_seconds() < 25
        assert deliver_all(claim(now=look)) == 1

    assert _heard == ["died", "a"]
    assert rows() == [(DeliveryState.DONE, 2, 3)]


def test_one_that_kills_its_worker_each_time_ends_as_a_dead_letter() -> None:
    class Killed(BaseException):
        """As `kill -9`."""

    def kill(event: Measured) -> None:
        raise Killed

    with subscribed(kill, to=Measured):
        handed = probe("a")
        for _ in range(MAX_ATTEMPTS):
            with pytest.raises(Killed):
                deliver_all(handed)
            EventDelivery.objects.filter(state=DeliveryState.RUNNING).update(due_at=clock.now())
            handed = claim(now=clock.now())
        assert handed == []

    state, attempts, _ = rows()[0]
    assert (state, attempts) == (DeliveryState.DEAD, MAX_ATTEMPTS)


def test_a_lost_lease_is_noticed_although_nothing_was_begun_in_between() -> None:
    """The relay took it over while the worker was away: the worker's own is void."""

    def lose(event: Measured, *, key: str) -> None:
        _heard.append(event.thing_id)
        if event.thing_id == "a" and not taken:
            taken.extend(claim_later())

    taken: list[Handed] = []
    with subscribed(lose, to=Measured, outside=True):
        deliver_all(probe("a", "b"))
        assert _heard == ["a", "b"], "outside of a transaction nobody can know"
        assert {state for state, _, _ in rows()} == {DeliveryState.RUNNING}
        assert sum(deliver(one) for one in taken) == 2


def test_who_waited_behind_a_slow_one_asks_again_before_it_leaves_the_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A mail server took long; meanwhile the relay gave the next mail to another worker."""
    monkeypatch.setattr(deliver_module, "RENEWED_EVERY", timedelta(seconds=0))

    def lose(event: Measured, *, key: str) -> None:
        _heard.append(event.thing_id)
        if event.thing_id == "a" and not taken:
            taken.extend(claim_later())

    taken: list[Handed] = []
    with subscribed(lose, to=Measured, outside=True):
        deliver_all(probe("a", "b"))
        assert _heard == ["a"], "b is another worker's"
        assert sum(deliver(one) for one in taken) == 2

    assert sorted(_heard) == ["a", "a", "b"]


def test_a_lost_lease_inside_the_database_acts_once() -> None:
    def lose(event: Measured) -> None:
        _heard.append(event.thing_id)

    with subscribed(lose, to=Measured):
        handed = probe("a")

        def steal(event: Probed) -> None:
            measure(event)
            transaction.on_commit(lambda: taken.extend(claim_later()))

        taken: list[Handed] = []
        events._SUBSCRIBERS.pop(f"{__name__}.measure")
        with subscribed(steal, queue="financial"):
            EventDelivery.objects.update(subscriber=f"{__name__}.{steal.__qualname__}")
            assert deliver_all(handed) == 1
        assert _heard == []
        assert sum(deliver(one) for one in taken) == 1

    assert _heard == ["a"]


def test_who_keeps_an_order_waits_for_the_relay_and_its_turn(committed_shop: TestShop) -> None:
    with subscribed(hear, to=Measured, in_order=True):
        assert deliver_all(probe("a", "a")) == 2
        assert rows() == [(DeliveryState.PENDING, 0, 0)] * 2
        assert any(one.due_at <= clock.now() for one in wakeups_of(committed_shop))
        assert deliver_all(claim(now=clock.now())) == 1
        assert deliver_all(claim(now=clock.now())) == 1


def test_queues_of_other_workers_are_left_to_them(committed_shop: TestShop) -> None:
    with subscribed(hear, to=Measured, queue="bulk"):
        assert deliver_all(probe("a")) == 1

    assert rows() == [(DeliveryState.PENDING, 0, 0)]
    assert [one.queue for one in wakeups_of(committed_shop) if one.due_at <= clock.now()] == [
        "bulk"
    ]


def test_what_is_emitted_in_another_schema_is_left_to_the_relay() -> None:
    def tell_the_platform(event: Probed) -> None:
        with use_schema(PUBLIC):
            tell(Measured(thing_id=event.thing_id))

    events._SUBSCRIBERS.clear()
    with subscribed(tell_the_platform), subscribed(hear, to=Measured):
        assert deliver_all(probe("of-public")) == 1
        with use_schema(PUBLIC):
            found = EventDelivery.objects.get(event__aggregate_id="of-public")
            found_state = found.state
            found.delete()
            DomainEvent.objects.filter(aggregate_id="of-public").delete()
            Wakeup.objects.filter(schema_name=PUBLIC).delete()

    assert found_state == DeliveryState.PENDING
    assert _heard == []


def test_a_batch_goes_on_as_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty events whose handlers emit fifty: the machinery has the same few statements."""
    monkeypatch.setattr(batch, "TRANSACTION_SECONDS", 60.0)
    things = [f"t{number}" for number in range(50)]
    with subscribed(hear, to=Measured):
        handed = probe(*things)
        with CaptureQueriesContext(connection) as made:
            assert deliver_all(handed) == 100

    assert sorted(_heard) == sorted(things)
    own = [one for one in made.captured_queries if "outbox_domainevent (" not in one["sql"]]
    assert len([one for one in own if "SAVEPOINT" not in one["sql"]]) <= 14, own


def test_a_poisonous_one_among_those_that_follow_harms_no_other() -> None:
    def choke(event: Measured) -> None:
        if event.thing_id == "poison":
            raise Conflict("cannot swallow this")
        hear(event)

    with subscribed(choke, to=Measured):
        assert deliver_all(probe("a", "poison", "z")) == 3 + 2

    assert sorted(set(_heard)) == ["a", "z"]
    assert sorted(state for state, _, _ in rows()) == ["done", "done", "pending"]


def test_what_there_is_no_time_for_goes_back_uncounted(committed_shop: TestShop) -> None:
    def dawdle(event: Measured) -> None:
        time.sleep(0.3)  # longer than there is time for
        hear(event)

    with (
        subscribed(dawdle, to=Measured, queue="default"),
        subscribed(hear, to=Measured, queue="financial"),
    ):
        handed = probe("a", "b")
        done = deliver_all(handed, ends_at=time.monotonic() + 0.25)

    assert 2 < done < 6
    left = EventDelivery.objects.filter(state=DeliveryState.PENDING)
    assert left.count() == 6 - done
    assert {(one.attempts, one.due_at <= clock.now()) for one in left} == {(0, True)}
    assert any(one.due_at <= clock.now() for one in wakeups_of(committed_shop))


def test_after_its_time_a_message_adopts_nothing_more() -> None:
    with subscribed(hear, to=Measured):
        handed = probe("a")
        assert deliver_all(handed, ends_at=time.monotonic()) == 1

    assert rows() == [(DeliveryState.PENDING, 0, 0)]


def test_a_chain_without_end_ends() -> None:
    def echo(event: Measured) -> None:
        tell(Measured(thing_id=event.thing_id))

    with subscribed(echo, to=Measured):
        assert deliver_all(probe("a")) == 1 + MOST_DELIVERIES

    assert rows()[-1] == (DeliveryState.PENDING, 0, 0)


def test_ends_of_leases_wake_the_relay_once(committed_shop: TestShop) -> None:
    """Ten links within a moment leave one or two looks for later, not ten."""

    def echo(event: Measured) -> None:
        if event.note != "xxxxxxxxxx":
            tell(Measured(thing_id=event.thing_id, note=event.note + "x"))

    with subscribed(echo, to=Measured, queue="financial"):
        deliver_all(probe("a"))

    later = [one for one in wakeups_of(committed_shop) if one.due_at > clock.now()]
    assert 1 <= len(later) <= 2


def test_two_workers_and_a_relay_at_once_act_once(committed_shop: TestShop) -> None:
    """One message twice, while the relay looks as if all leases were over."""
    things = [f"t{number:02}" for number in range(20)]
    acted: list[str] = []

    @owns_transaction
    def write(event: Measured) -> None:
        DomainEvent.objects.create(
            name="effect",
            version=1,
            aggregate_type="effect",
            aggregate_id=event.thing_id,
            sequence=1,
            payload={},
            occurred_at=clock.now(),
        )

    def act(event: Measured) -> None:
        write(event)
        acted.append(event.thing_id)

    over = threading.Event()

    def meddle() -> None:
        while not over.wait(0.005):
            deliver_all(claim_later())

    def work() -> int:
        try:
            return deliver_all(handed)
        finally:
            over.set()

    with subscribed(act, to=Measured):
        handed = probe(*things)
        results = race(committed_shop, work, work, meddle)
        assert not [one for one in results if isinstance(one, BaseException)], results
        while again := claim_later():
            deliver_all(again)

    effects = DomainEvent.objects.filter(aggregate_type="effect")
    assert sorted(effects.values_list("aggregate_id", flat=True)) == things
    assert {state for state, _, _ in rows()} == {DeliveryState.DONE}
