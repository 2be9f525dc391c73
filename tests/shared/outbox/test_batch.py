"""Deliveries that go together: each still acts once, and one that fails harms no other."""

import logging
import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.shared import context
from apps.shared.db import owns_transaction
from apps.shared.errors import Conflict
from apps.shared.ids import new_id
from apps.shared.outbox import batch
from apps.shared.outbox.begun import Begun
from apps.shared.outbox.deliver import MAX_ATTEMPTS, deliver
from apps.shared.outbox.lease import LEASE, Handed
from apps.shared.outbox.models import DeliveryState, DomainEvent, EventDelivery
from apps.shared.outbox.work import deliver_all
from tests.support.probe import NOW, Probed, after, claim, emit_probed, subscribed
from tests.support.shops import TestShop
from tests.support.threads import race


@owns_transaction
def write_effect(thing_id: str) -> None:
    """A service as a handler calls it: with a transaction of its own."""
    DomainEvent.objects.create(
        name="effect",
        version=1,
        aggregate_type="effect",
        aggregate_id=thing_id,
        sequence=1 + DomainEvent.objects.filter(aggregate_id=thing_id).count(),
        payload={},
        occurred_at=NOW,
    )


def effects() -> list[str]:
    found = DomainEvent.objects.filter(aggregate_type="effect")
    return sorted(found.values_list("aggregate_id", flat=True))


def states() -> dict[str, tuple[str, int]]:
    """By thing: state and attempts of its delivery."""
    rows = EventDelivery.objects.values_list("event__aggregate_id", "state", "attempts")
    return {thing: (state, attempts) for thing, state, attempts in rows}


def act(event: Probed) -> None:
    write_effect(event.thing_id)


def act_unless_poisoned(event: Probed) -> None:
    write_effect(event.thing_id)
    if event.thing_id.startswith("poison"):
        raise Conflict("cannot swallow this")


def deliver_due(*, seconds: float = 0) -> int:
    return deliver_all(claim(now=after(seconds)))


def emit_all_of(*things: str) -> None:
    for thing in things:
        emit_probed(thing)


DONE_AT_ONCE = (DeliveryState.DONE, 1)


@pytest.mark.usefixtures("shop_a")
class TestTogether:
    def test_all_act_and_are_done(self) -> None:
        with subscribed(act):
            emit_all_of("a", "b", "c")
            assert deliver_due() == 3

        assert states() == dict.fromkeys("abc", DONE_AT_ONCE)
        assert effects() == ["a", "b", "c"]
        assert EventDelivery.objects.filter(delivered_at=None).count() == 0

    def test_the_number_of_statements_does_not_grow(self) -> None:
        def ignore(event: Probed) -> None:
            """A handler without effect."""

        with subscribed(ignore):
            emit_all_of(*(f"t{number}" for number in range(50)))
            handed = claim()
            with CaptureQueriesContext(connection) as made:
                assert deliver_all(handed) == 50

        assert len(made) <= 5, made.captured_queries

    def test_each_works_under_the_request_id_of_its_event_and_in_its_own_name(self) -> None:
        seen = []

        def look(event: Probed) -> None:
            seen.append((event.thing_id, context.request_id.get(), context.actor.get()))

        with subscribed(look):
            for thing in "ab":
                with context.acting(request=f"req_{thing}", as_actor="customer:1"):
                    emit_probed(thing)
            deliver_due()

        name = f"event:{look.__module__}.{look.__qualname__}"
        assert seen == [("a", "req_a", name), ("b", "req_b", name)]

    def test_the_same_message_twice_acts_once(self) -> None:
        with subscribed(act):
            emit_all_of("a", "b")
            handed = claim()
            assert [deliver_all(handed), deliver_all(handed)] == [2, 0]
            assert sum(deliver(one) for one in handed) == 0

        assert effects() == ["a", "b"]

    def test_a_transaction_that_takes_long_is_committed_before_the_batch_ends(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Locks are not held for the whole of a hundred slow handlers."""
        seen: list[int] = []
        monkeypatch.setattr(batch, "TRANSACTION_SECONDS", 0.0)

        def count(event: Probed) -> None:
            seen.append(EventDelivery.objects.filter(state=DeliveryState.DONE).count())

        with subscribed(count):
            emit_all_of("a", "b", "c")
            assert deliver_due() == 3

        assert seen == [0, 1, 2]


@pytest.mark.usefixtures("shop_a")
class TestPoison:
    def test_the_poisonous_one_is_found_and_the_others_go_on(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        """P9: its attempt is counted, and it comes back later; nothing is written twice."""
        with subscribed(act_unless_poisoned), caplog.at_level(logging.WARNING):
            emit_all_of("a", "poison", "z")
            assert deliver_due() == 2

        assert states() == {
            "a": DONE_AT_ONCE,
            "poison": (DeliveryState.PENDING, 1),
            "z": DONE_AT_ONCE,
        }
        assert effects() == ["a", "z"]
        row = EventDelivery.objects.get(state=DeliveryState.PENDING)
        assert row.last_error == "Conflict: cannot swallow this"
        assert row.due_at > NOW
        assert [one.message for one in caplog.records].count("batch_taken_apart") == 1

    def test_it_does_not_spoil_the_next_batch_as_well(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        with subscribed(act_unless_poisoned):
            emit_all_of("a", "poison")
            deliver_due()
            emit_all_of("b", "c")
            caplog.clear()
            assert deliver_due(seconds=10**9) == 2

        assert "batch_taken_apart" not in [one.message for one in caplog.records]
        assert states()["poison"] == (DeliveryState.PENDING, 2)

    def test_after_five_attempts_it_is_a_dead_letter_and_it_alone(self) -> None:
        with subscribed(act_unless_poisoned):
            emit_all_of("a", "poison 1", "poison 2", "z")
            for _ in range(MAX_ATTEMPTS):
                deliver_due(seconds=10**9)

        dead = (DeliveryState.DEAD, MAX_ATTEMPTS)
        assert states() == {
            "a": DONE_AT_ONCE,
            "poison 1": dead,
            "poison 2": dead,
            "z": DONE_AT_ONCE,
        }
        assert effects() == ["a", "z"]

    def test_an_unknown_subscriber_is_left_to_itself(self) -> None:
        with subscribed(act):
            emit_probed("old")
        with subscribed(act_unless_poisoned):
            emit_all_of("a", "b")
            assert deliver_due() == 2

        assert states()["old"] == (DeliveryState.PENDING, 1)

    def test_its_handler_was_asked_once(self) -> None:
        """The attempt in the batch is an attempt: five of them, not six."""
        asked: list[str] = []

        def break_down(event: Probed) -> None:
            asked.append(event.thing_id)
            raise Conflict("always")

        with subscribed(break_down):
            emit_all_of("a", "b")
            for _ in range(MAX_ATTEMPTS):
                deliver_due(seconds=10**9)

        assert sorted(asked) == ["a"] * MAX_ATTEMPTS + ["b"] * MAX_ATTEMPTS

    def test_a_statement_that_fails_takes_nobody_else_down(self) -> None:
        def break_the_transaction(event: Probed) -> None:
            write_effect(event.thing_id)
            if event.thing_id == "b":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1 / 0")

        with subscribed(break_the_transaction):
            emit_all_of("a", "b", "c")
            assert deliver_due() == 2

        assert effects() == ["a", "c"]


@pytest.mark.usefixtures("shop_a")
class TestCrash:
    class Killed(BaseException):
        """As `kill -9`: nobody cleans up."""

    def test_what_was_half_done_is_undone_and_comes_back_alone(self) -> None:
        def die_on_b(event: Probed) -> None:
            write_effect(event.thing_id)
            if event.thing_id == "b" and not died:
                died.append(event)
                raise self.Killed

        died: list[Probed] = []
        with subscribed(die_on_b):
            emit_all_of("a", "b", "c")
            with pytest.raises(self.Killed):
                deliver_due()
            assert effects() == []
            self.let_leases_run_out()
            assert deliver_due(seconds=LEASE.seconds + 1) == 3

        assert effects() == ["a", "b", "c"]
        assert states() == dict.fromkeys("abc", (DeliveryState.DONE, 2))

    def test_one_that_kills_its_worker_each_time_is_the_only_dead_letter(self) -> None:
        def kill(event: Probed) -> None:
            if event.thing_id == "b":
                raise self.Killed
            write_effect(event.thing_id)

        with subscribed(kill):
            emit_all_of("a", "b", "c")
            for _ in range(MAX_ATTEMPTS + 5):
                handed = claim(now=after(10**9))
                try:
                    deliver_all(handed)
                except self.Killed:
                    self.let_leases_run_out()

        assert effects() == ["a", "c"]
        assert states()["b"] == (DeliveryState.DEAD, MAX_ATTEMPTS)

    def let_leases_run_out(self) -> None:
        EventDelivery.objects.filter(state=DeliveryState.RUNNING).update(due_at=after(0))


@pytest.mark.usefixtures("shop_a")
class TestLostLease:
    def test_what_changed_hands_before_the_batch_began_is_left_out(self) -> None:
        with subscribed(act):
            emit_all_of("a", "b", "c")
            handed = claim()
            self.take_over(handed[1])
            assert deliver_all(handed) == 2

        assert effects() == ["a", "c"]
        assert states()["b"] == (DeliveryState.RUNNING, 0)

    def test_what_changed_hands_between_two_transactions_is_left_out(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(batch, "TRANSACTION_SECONDS", 0.0)

        def lose_c(event: Probed) -> None:
            write_effect(event.thing_id)
            if event.thing_id == "a":
                row = EventDelivery.objects.get(event__aggregate_id="c")
                self.take_over(Handed(row.pk, row.token))

        with subscribed(lose_c):
            emit_all_of("a", "b", "c")
            assert deliver_due() == 2

        assert effects() == ["a", "b"]
        assert states()["c"] == (DeliveryState.RUNNING, 1)

    def test_what_changed_hands_while_another_failed_is_left_out(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        taken_apart: Callable[..., list[Handed]] = batch._take_apart

        def lose_one(members: list[Begun], **times: object) -> list[Handed]:
            self.take_over(members[0].held)
            return taken_apart(members, **times)

        monkeypatch.setattr(batch, "_take_apart", lose_one)
        with subscribed(act_unless_poisoned):
            emit_all_of("a", "b", "poison")
            assert deliver_due() == 1

        assert effects() == ["b"]
        assert states()["a"] == (DeliveryState.RUNNING, 1)

    def take_over(self, handed: Handed) -> None:
        """As another worker does once the lease has run out."""
        EventDelivery.objects.filter(pk=handed.delivery_id).update(token=handed.token + 1)


@pytest.mark.usefixtures("shop_a")
def test_handlers_with_effects_outside_stay_one_by_one() -> None:
    seen = []

    def call_the_network(event: Probed, *, key: str) -> None:
        blocks = [
            one for one in connection.atomic_blocks if not getattr(one, "_from_testcase", False)
        ]
        done = EventDelivery.objects.filter(state=DeliveryState.DONE).count()
        seen.append((event.thing_id, blocks, done))

    with subscribed(call_the_network, outside=True):
        emit_all_of("a", "b")
        assert deliver_due() == 2

    assert seen == [("a", [], 0), ("b", [], 1)]


@pytest.mark.usefixtures("shop_a")
def test_handlers_that_keep_an_order_stay_one_by_one() -> None:
    """Who finishes one calls up the next of its line."""
    with subscribed(act, in_order=True):
        emit_all_of("a", "b", "a")
        assert deliver_due() == 2
        assert deliver_due(seconds=10**9) == 1

    assert effects() == ["a", "a", "b"]


def test_a_running_batch_is_not_taken_over_however_long_it_takes(
    committed_shop: TestShop,
) -> None:
    """Its rows are locked: a relay that finds their lease over goes past them."""
    found: list[int] = []

    def outlive_the_lease(event: Probed) -> None:
        write_effect(event.thing_id)
        if event.thing_id == "a":
            (others,) = race(committed_shop, lambda: len(claim(now=after(10**9))))
            assert isinstance(others, int), others
            found.append(others)

    with subscribed(outlive_the_lease):
        emit_all_of("a", "b")
        assert deliver_due() == 2

    assert found == [0]
    assert effects() == ["a", "b"]


def test_one_message_at_two_workers_at_once_acts_once(committed_shop: TestShop) -> None:
    with subscribed(act):
        emit_all_of(*(f"t{number:02}" for number in range(30)))
        handed = claim()
        results = race(committed_shop, *[lambda: deliver_all(handed)] * 4)

    assert sum(one for one in results if isinstance(one, int)) == 30, results
    assert effects() == sorted(f"t{number:02}" for number in range(30))
    assert set(states().values()) == {DONE_AT_ONCE}


def test_two_batches_about_the_same_things_take_them_in_one_order(
    committed_shop: TestShop,
) -> None:
    """Written in opposite order; each thing's row stays locked until its batch commits."""
    things = [f"thing-{number}" for number in range(8)]
    for thing in things:
        write_effect(thing)
    with subscribed(lock_thing):
        emit_all_of(*things)
        one = claim()
        emit_all_of(*reversed(things))
        other = claim()
        results = race(committed_shop, lambda: deliver_all(one), lambda: deliver_all(other))

    assert results == [8, 8]
    assert {attempts for _, attempts in states().values()} == {1}


def lock_thing(event: Probed) -> None:
    list(
        DomainEvent.objects.select_for_update().filter(
            aggregate_type="effect", aggregate_id=event.note or event.thing_id
        )
    )


def test_a_deadlock_between_two_batches_ends_with_all_done(
    committed_shop: TestShop, caplog: pytest.LogCaptureFixture
) -> None:
    """Handlers may lock what they are not about. PostgreSQL ends one batch, which goes on alone."""
    write_effect("x")
    write_effect("y")
    meeting = threading.Barrier(2)

    def lock_then_meet(event: Probed) -> None:
        lock_thing(event)
        if event.thing_id in ("a1", "b1") and event.thing_id not in met:
            met.append(event.thing_id)
            meeting.wait(timeout=20)

    met: list[str] = []
    with subscribed(lock_then_meet), caplog.at_level(logging.WARNING):
        emit_probed("a1", note="x")
        emit_probed("a2", note="y")
        one = claim()
        emit_probed("b1", note="y")
        emit_probed("b2", note="x")
        other = claim()
        results = race(committed_shop, lambda: deliver_all(one), lambda: deliver_all(other))

    assert results == [2, 2]
    assert states() == dict.fromkeys(("a1", "a2", "b1", "b2"), DONE_AT_ONCE)
    reasons = [vars(one)["reason"] for one in caplog.records if one.message == "batch_lost_race"]
    assert len(reasons) == 1
    assert "deadlock" in reasons[0]


def test_what_fails_at_the_commit_is_found_alone(committed_shop: TestShop) -> None:
    """P9: foreign keys are checked then, when it is not known any more whose they were."""

    def point_nowhere(event: Probed) -> None:
        write_effect(event.thing_id)
        if event.thing_id == "poison":
            nowhere = DomainEvent(pk=new_id())
            EventDelivery.objects.create(event=nowhere, subscriber="x", queue="bulk", due_at=NOW)

    with subscribed(point_nowhere):
        emit_all_of("a", "poison", "z")
        assert deliver_due() == 2

    assert states() == {"a": DONE_AT_ONCE, "z": DONE_AT_ONCE, "poison": ("pending", 1)}
    assert effects() == ["a", "z"]
