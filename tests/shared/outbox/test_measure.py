"""`domain_events_pending` and `event_processing_lag_seconds`, without a look into idle shops."""

from datetime import timedelta

import pytest
from django.db import transaction

from apps.shared import clock, metrics
from apps.shared.outbox import dispatch, measure
from apps.shared.outbox.deliver import MAX_ATTEMPTS
from apps.shared.outbox.dispatch import relay_round
from apps.shared.outbox.models import DeliveryState, EventDelivery
from apps.shared.relay.models import Backlog, Wakeup
from apps.shared.relay.wakeups import wake_relay
from apps.shared.schema import PUBLIC, use_schema
from tests.shared.test_metrics import counted
from tests.support.probe import Probed, claim, deliver_due, emit_probed, subscribed
from tests.support.shops import TestShop, use_shop


def ignore(event: Probed) -> None:
    """A handler without effect."""


def break_down(event: Probed) -> None:
    raise TimeoutError


@pytest.fixture(autouse=True)
def _quiet_broker(shop_a: TestShop, monkeypatch: pytest.MonkeyPatch):
    """Nothing is sent, so that what was claimed stays under way; nothing is left of others."""
    Wakeup.objects.all().delete()
    Backlog.objects.all().delete()
    monkeypatch.setattr(dispatch.deliver_batch, "apply_async", lambda **_: None)
    monkeypatch.setattr(dispatch, "messages_waiting", lambda queues: dict.fromkeys(queues, 0))
    monkeypatch.setattr(measure, "_measured", {})
    with subscribed(ignore):
        yield


def gauges() -> tuple[float, float]:
    with use_schema(PUBLIC):
        told = metrics.exposition()
    return counted(told, "domain_events_pending"), counted(told, "event_processing_lag_seconds")


def ago(seconds: float):
    return clock.now() - timedelta(seconds=seconds)


def test_what_waits_is_added_up_over_shops_and_the_oldest_makes_the_lag(
    shop_a: TestShop, shop_b: TestShop
) -> None:
    emit_probed("a1", now=ago(100))
    emit_probed("a2", now=ago(10))
    with use_shop(shop_b):
        emit_probed("b1", now=ago(50))
    relay_round(now=clock.now())

    pending, lag = gauges()

    assert pending == 3
    assert 100 <= lag < 160


def test_when_all_is_done_nothing_is_left_of_it(shop_a: TestShop) -> None:
    """The look at the end of the lease finds nothing open, however soon after the last measure."""
    emit_probed(now=ago(100))
    relay_round(now=clock.now())
    assert Backlog.objects.count() == 1
    EventDelivery.objects.update(state=DeliveryState.DONE)

    relay_round(now=clock.now() + timedelta(seconds=23))

    assert not Backlog.objects.exists()
    assert gauges() == (0, 0)


def test_without_a_relay_the_gauges_rise(shop_a: TestShop) -> None:
    emit_probed("a1", now=ago(400))
    emit_probed("a2", now=ago(1))

    pending, lag = gauges()

    assert pending == 2
    assert 400 <= lag < 460


def test_what_is_not_due_is_no_lag_of_the_relay(shop_a: TestShop) -> None:
    with transaction.atomic():
        wake_relay(schema_name=shop_a.schema, due_at=clock.now() + timedelta(hours=1))
    assert gauges() == (0, 0)


def test_a_long_backlog_is_counted_every_five_seconds_only(
    shop_a: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    emit_probed("a1")
    relay_round(now=clock.now())
    emit_probed("a2")
    relay_round(now=clock.now())
    assert Backlog.objects.get().deliveries == 1

    monkeypatch.setattr(measure, "MEASURED_EVERY_SECONDS", 0)
    emit_probed("a3")
    relay_round(now=clock.now())
    assert Backlog.objects.get().deliveries == 3


def test_a_dropped_shop_is_forgotten(shop_a: TestShop) -> None:
    Backlog.objects.create(
        schema_name="shop_gone", deliveries=7, oldest_at=ago(9), measured_at=ago(1)
    )
    with transaction.atomic():
        wake_relay(schema_name="shop_gone", due_at=ago(1))
    relay_round(now=clock.now())
    assert not Backlog.objects.exists()


def test_a_scrape_looks_into_no_shop(shop_a: TestShop, django_assert_num_queries) -> None:
    from apps.shared.relay.gauges import events_on_their_way

    emit_probed()
    with use_schema(PUBLIC):
        assert Wakeup.objects.exists()  # sets the search path
        with django_assert_num_queries(2):
            list(events_on_their_way())


def test_a_dead_letter_is_neither_pending_nor_lag_but_counted(
    shop_a: TestShop, django_capture_on_commit_callbacks
) -> None:
    before = counted(metrics.exposition(), "event_dead_letters_total")
    failures = counted(metrics.exposition(), "event_processing_failures_total")
    with subscribed(break_down), django_capture_on_commit_callbacks(execute=True):
        emit_probed(now=ago(3600))
        EventDelivery.objects.filter(subscriber__endswith="ignore").delete()
        for _ in range(MAX_ATTEMPTS):
            deliver_due(now=clock.now() + timedelta(hours=1))
        assert claim(now=clock.now() + timedelta(hours=1)) == []
    Wakeup.objects.all().delete()
    measure.forget_if_idle()

    assert gauges() == (0, 0)
    assert counted(metrics.exposition(), "event_dead_letters_total") == before + 1
    assert counted(metrics.exposition(), "event_processing_failures_total") == failures + 5
