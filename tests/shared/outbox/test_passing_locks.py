"""A relay that was late keeps the lock of a row that it then leaves alone. Who holds the delivery
waits for it: passed over, the row would lie until its lease ends."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from apps.shared.outbox import batch
from apps.shared.outbox.batch import begin_all, carry_out_together
from apps.shared.outbox.deliver import _begin, carry_out, deliver
from apps.shared.outbox.lease import Handed
from apps.shared.outbox.models import EventDelivery
from tests.support.probe import NOW, Probed, claim, emit_probed, subscribed
from tests.support.shops import TestShop
from tests.support.threads import race
from tests.support.waiting import eventually

_heard: list[str] = []


def hear(event: Probed) -> None:
    _heard.append(event.thing_id)


@pytest.fixture
def handed(committed_shop: TestShop):
    _heard.clear()
    with subscribed(hear):
        emit_probed()
        yield claim()


def while_locked(shop: TestShop, act: Callable[[], object]) -> object:
    """What `act` returns when all deliveries are locked as it begins, until it waits for them."""
    locked, over = threading.Event(), threading.Event()

    def pass_by() -> None:
        with transaction.atomic():
            assert EventDelivery.objects.select_for_update().exists()
            locked.set()
            eventually(lambda: over.is_set() or _somebody_waits(), what="it waits or is over")

    def run() -> object:
        assert locked.wait(timeout=20)
        try:
            return act()
        finally:
            over.set()

    passed, result = race(shop, pass_by, run)
    assert passed is None
    return result


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks"
            " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])


def test_one_is_begun(committed_shop: TestShop, handed: list[Handed]) -> None:
    assert while_locked(committed_shop, lambda: deliver(handed[0])) is True
    assert _heard == ["t1"]


def test_one_is_finished(committed_shop: TestShop, handed: list[Handed]) -> None:
    begun = _begin(handed[0], now=NOW)
    assert begun

    assert while_locked(committed_shop, lambda: carry_out(begun)) is True
    assert _heard == ["t1"]


def test_many_are_begun(committed_shop: TestShop, handed: list[Handed]) -> None:
    begun = while_locked(committed_shop, lambda: begin_all(handed, now=NOW))
    assert isinstance(begun, list)
    assert [one.id for one in begun] == [one.delivery_id for one in handed]


def test_many_are_finished(committed_shop: TestShop, handed: list[Handed]) -> None:
    begun = begin_all(handed, now=NOW)

    outcome = while_locked(committed_shop, lambda: carry_out_together(begun, ends_at=0))

    assert outcome == (1, [], [])
    assert _heard == ["t1"]


def test_many_are_taken_apart(committed_shop: TestShop, handed: list[Handed]) -> None:
    begun = begin_all(handed, now=NOW)

    alone = while_locked(committed_shop, lambda: batch._take_apart(begun, now=NOW))

    assert alone == [Handed(begun[0].id, begun[0].token + 1)]
