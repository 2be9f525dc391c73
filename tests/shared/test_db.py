"""Who owns the transaction: the three markers, the unit of work, and lost races."""

import threading

import pytest
from django.db import OperationalError, connection, transaction
from psycopg import errors

from apps.shared import db
from apps.shared.db import (
    joins_transaction,
    outside_transaction,
    owns_transaction,
    retry_lost_races,
    unit_of_work,
)
from apps.shared.relay.models import Wakeup
from tests.support.probe import NOW
from tests.support.threads import outcomes, race


@owns_transaction
def own(schema_name: str = "own", *, fail: bool = False) -> str:
    Wakeup.objects.create(schema_name=schema_name, due_at=NOW)
    if fail:
        raise LookupError
    return schema_name


@joins_transaction
def join() -> bool:
    return connection.in_atomic_block


@outside_transaction
def call_the_network() -> str:
    return "answered"


def written(name: str = "own") -> int:
    return Wakeup.objects.filter(schema_name=name).count()


@pytest.fixture
def really(committed_shop):
    """Real commits; what is written to public is removed again."""
    yield committed_shop
    Wakeup.objects.filter(due_at=NOW).delete()


def lost_race() -> OperationalError:
    error = OperationalError("deadlock detected")
    error.__cause__ = errors.DeadlockDetected()
    return error


def test_each_marker_says_what_it_is():
    roles = [one.transaction_role for one in (own, join, call_the_network)]
    assert roles == ["owns", "joins", "outside"]
    assert own.__name__ == "own"


def test_an_owner_has_committed_when_it_returns(really):
    assert own() == "own"

    assert not connection.in_atomic_block
    assert race(really, written) == [1], "another connection sees it"


def test_an_owner_that_raises_has_written_nothing(really):
    with pytest.raises(LookupError):
        own(fail=True)

    assert written() == 0


def test_an_owner_refuses_to_nest(really):
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        own()


def test_in_a_unit_of_work_owners_become_parts_of_it(really):
    with unit_of_work():
        own("first")
        with pytest.raises(LookupError):
            own("second", fail=True)
        own("third")

    assert [written(one) for one in ("first", "second", "third")] == [1, 0, 1]


def test_a_unit_of_work_that_fails_takes_its_owners_back(really):
    def fail() -> None:
        with unit_of_work():
            own()
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    assert written() == 0
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        own()  # the unit is closed: owners are durable again


def test_a_unit_of_work_does_not_nest_either(really):
    with unit_of_work(), pytest.raises(RuntimeError, match="durable"), unit_of_work():
        own()


def test_a_unit_of_work_belongs_to_its_thread(really):
    """Another thread's owner is durable, whatever this one has open."""
    seen = []

    def look() -> None:
        seen.append(db._unit_is_open.get())

    with unit_of_work():
        other = threading.Thread(target=look)
        other.start()
        other.join()

    assert seen == [False]


def test_a_step_joins_and_fails_alone(really):
    with transaction.atomic():
        assert join()
    with pytest.raises(RuntimeError, match="join must run inside its caller's transaction"):
        join()


def test_the_network_is_called_outside_only(really):
    assert call_the_network() == "answered"
    with transaction.atomic(), pytest.raises(RuntimeError, match="no open transaction"):
        call_the_network()
    with unit_of_work(), pytest.raises(RuntimeError, match="no open transaction"):
        call_the_network()


def test_a_test_s_own_transaction_does_not_count(shop_a):
    assert call_the_network() == "answered"
    with transaction.atomic(), pytest.raises(RuntimeError):
        call_the_network()


def test_lost_races_are_run_again_at_most_four_times(monkeypatch):
    naps = []
    monkeypatch.setattr(db.time, "sleep", naps.append)
    tries = []

    def lose() -> None:
        tries.append(1)
        raise lost_race()

    with pytest.raises(OperationalError):
        retry_lost_races(lose)

    assert len(tries) == 4
    assert len(naps) == 3
    assert all(0 <= nap <= 0.02 * 2**number for number, nap in enumerate(naps))


def test_a_race_that_is_won_in_the_end_is_a_success(monkeypatch):
    monkeypatch.setattr(db.time, "sleep", lambda seconds: None)
    results = iter([lost_race(), lost_race(), "won"])

    def work() -> str:
        result = next(results)
        if isinstance(result, Exception):
            raise result
        return result

    assert retry_lost_races(work) == "won"


def test_other_database_errors_are_not_run_again():
    tries = []

    def break_down() -> None:
        tries.append(1)
        raise OperationalError("server closed the connection")

    with pytest.raises(OperationalError):
        retry_lost_races(break_down)

    assert len(tries) == 1


def test_a_real_deadlock_ends_well_for_both(really):
    """Two owners lock two rows in opposite order: PostgreSQL picks a victim, which runs again."""
    for name in ("left", "right"):
        own(name)
    meeting = threading.Barrier(2)
    attempts = []

    @owns_transaction
    def lock(*names: str) -> None:
        attempts.append(names)
        first, second = names
        Wakeup.objects.select_for_update().get(schema_name=first)
        if len(attempts) <= 2:
            meeting.wait(timeout=60)
        Wakeup.objects.select_for_update().get(schema_name=second)

    results = race(really, lambda: lock("left", "right"), lambda: lock("right", "left"))

    assert outcomes(results) == ["ok", "ok"]
    # At least one ran again. The victim may be back so quickly that it takes its first row anew
    # before the other one was woken up: then they meet once more.
    assert len(attempts) >= 3
