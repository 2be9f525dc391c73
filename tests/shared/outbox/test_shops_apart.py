"""One shop that is broken, or locked by somebody, costs the others nothing."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from apps.shared import clock
from apps.shared.outbox import dispatch
from apps.shared.outbox.deliver import WAIT_NO_LONGER, deliver
from apps.shared.outbox.models import DeliveryState, EventDelivery
from apps.shared.relay.models import Wakeup
from tests.support.probe import Probed, claim, emit_probed, subscribed
from tests.support.shops import TestShop, use_shop
from tests.support.threads import race


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The schemas that the relay told Celery of; the broker and its queues are not asked."""
    schemas: list[str] = []
    monkeypatch.setattr(dispatch, "messages_waiting", lambda queues: dict.fromkeys(queues, 0))
    monkeypatch.setattr(
        dispatch.deliver_batch,
        "apply_async",
        lambda kwargs, queue, retry: schemas.append(kwargs["schema_name"]),
    )

    def hear(event: Probed) -> None:
        """A handler without effect."""

    with subscribed(hear, queue="bulk"):
        yield schemas


def test_a_broken_shop_is_put_off_and_the_others_are_served(
    shop_a: TestShop, shop_b: TestShop, sent: list[str]
) -> None:
    with use_shop(shop_a):
        emit_probed()
    with use_shop(shop_b):
        emit_probed()
    table = f'"{shop_a.schema}".outbox_eventdelivery'
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME COLUMN token TO token_x")

    now = clock.now()
    dispatch.relay_round(now=now)
    assert sent == [shop_b.schema]

    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME COLUMN token_x TO token")
    assert [one.due_at for one in Wakeup.objects.filter(schema_name=shop_a.schema)] == [
        now + dispatch._SHOP_PAUSE
    ]
    dispatch.relay_round(now=now + dispatch._SHOP_PAUSE)
    assert sent == [shop_b.schema, shop_a.schema]


def test_a_locked_shop_holds_up_the_relay_for_a_moment_only(
    committed_shop: TestShop, sent: list[str]
) -> None:
    locked, over = threading.Event(), threading.Event()

    def lock() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            emitted = f'"{committed_shop.schema}".outbox_eventdelivery'
            cursor.execute(f"LOCK TABLE {emitted} IN ACCESS EXCLUSIVE MODE")
            locked.set()
            over.wait(timeout=20)

    def look() -> None:
        assert locked.wait(timeout=20)
        try:
            dispatch.relay_round(now=clock.now())
        finally:
            over.set()

    with use_shop(committed_shop):
        emit_probed()
    begun = clock.now()
    assert race(committed_shop, lock, look) == [None, None]

    assert sent == []
    waiting = Wakeup.objects.filter(schema_name=committed_shop.schema)
    assert min(one.due_at for one in waiting) > begun


def test_a_handler_gives_up_a_lock_that_somebody_keeps(
    committed_shop: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It costs an attempt; the worker goes on with the other shops."""
    monkeypatch.setattr(
        "apps.shared.outbox.deliver.WAIT_NO_LONGER", WAIT_NO_LONGER.replace("5s", "200ms")
    )
    locked, over = threading.Event(), threading.Event()

    def want_it(event: Probed) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(4711)")

    def lock() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(4711)")
            locked.set()
            over.wait(timeout=20)

    def work() -> list[bool]:
        assert locked.wait(timeout=20)
        try:
            return [deliver(one) for one in claim(now=clock.now())]
        finally:
            over.set()

    with subscribed(want_it, queue="bulk"):
        emit_probed()
        assert race(committed_shop, lock, work)[1].count(False) == 1  # type: ignore[union-attr]

    row = EventDelivery.objects.get(subscriber__contains="want_it")
    assert (row.state, row.attempts) == (DeliveryState.PENDING, 1)
    assert "lock timeout" in row.last_error
