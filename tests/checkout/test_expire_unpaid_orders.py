"""Expiry by the clock: the command, the tasks, and two schedulers at once."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from apps.checkout import services, tasks
from apps.orders.models import Order
from apps.shared import clock
from apps.shared.tasks import TaskWithoutTenant
from config.celery import app
from tests.inventory.stock import assert_movements_add_up, figures
from tests.orders.placing import await_payment, paid, place
from tests.support.goods import make_variant
from tests.support.shops import TestShop, use_shop
from tests.support.threads import race


def place_unpaid(*, minutes: int) -> Order:
    """An order that expired so long ago."""
    order = place((make_variant(stock=10), 2), now=clock.now())
    Order.objects.filter(pk=order.pk).update(expires_at=clock.now() - timedelta(minutes=minutes))
    order.refresh_from_db()
    return order


def statuses(*orders: Order) -> list[str]:
    return [Order.objects.get(pk=order.pk).status for order in orders]


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("expire_orders", *arguments, stdout=out)
    return out.getvalue()


def test_what_is_due_expires_and_nothing_else(shop_a: TestShop) -> None:
    """X9: UTC, to the second."""
    due, awaited, early = (place_unpaid(minutes=minutes) for minutes in (1, 2, -1))
    await_payment(awaited)
    settled = paid((make_variant(stock=5), 1))
    Order.objects.filter(pk=settled.pk).update(expires_at=clock.now() - timedelta(hours=1))

    assert services.expire_unpaid_orders(now=clock.now(), most=10).closed == 2
    assert services.expire_unpaid_orders(now=clock.now(), most=10).closed == 0

    assert statuses(due, awaited, early, settled) == ["failed", "failed", "pending", "paid"]
    assert_movements_add_up()


def test_a_run_stops_at_its_most_and_the_next_goes_on(shop_a: TestShop) -> None:
    old, older = place_unpaid(minutes=1), place_unpaid(minutes=5)

    assert services.expire_unpaid_orders(now=clock.now(), most=1).closed == 1
    assert statuses(old, older) == ["pending", "failed"]
    assert services.expire_unpaid_orders(now=clock.now(), most=1).closed == 1


def test_a_dry_run_lists_and_writes_nothing(shop_a: TestShop) -> None:
    """D1: exactly what the run does."""
    order = place_unpaid(minutes=1)

    told = run("--tenant", shop_a.slug, "--dry-run")

    assert statuses(order) == ["pending"]
    lines = told.splitlines()
    assert (lines[0].split()[:3], lines[1:]) == (
        [shop_a.schema, order.number, "pending"],
        ["1 would expire"],
    )
    assert run("--tenant", shop_a.slug) == "1 expired\n"
    assert run("--tenant", shop_a.slug) == "0 expired\n"
    assert statuses(order) == ["failed"]


def test_an_unknown_shop_is_refused(shop_a: TestShop) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        run("--tenant", "nowhere")


def test_all_active_shops_have_their_turn(shop_a: TestShop, shop_b: TestShop) -> None:
    """T3: each in its own schema."""
    ours = place_unpaid(minutes=1)
    with use_shop(shop_b):
        theirs = place_unpaid(minutes=1)

    assert tasks.expire_in_shops(schema_name="public", shops=[shop_a.schema, shop_b.schema]) == 2

    assert statuses(ours) == ["failed"]
    assert ours.transitions.model.objects.latest("id").actor == "task:expire_orders"
    with use_shop(shop_b):
        assert statuses(theirs) == ["failed"]


def test_a_shop_that_fails_does_not_stop_the_others(
    shop_a: TestShop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    order, expire = place_unpaid(minutes=1), services.expire_unpaid_orders
    broken = iter([True])

    def expire_or_break(**arguments: object) -> object:
        if next(broken, False):
            raise ZeroDivisionError
        return expire(**arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(services, "expire_unpaid_orders", expire_or_break)

    assert tasks.expire_in_shops(schema_name="public", shops=["shop_test_b", shop_a.schema]) == 1
    assert statuses(order) == ["failed"]
    assert "orders.expiry_failed" in [one.message for one in caplog.records]


def test_the_fan_out_sends_few_messages_with_jitter(
    shop_a: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, object]] = []
    shops = [f"shop_{number}" for number in range(120)]
    monkeypatch.setattr(tasks, "active_schemas", lambda: shops)
    monkeypatch.setattr(tasks.expire_in_shops, "apply_async", lambda **call: sent.append(call))

    assert tasks.expire_everywhere(schema_name="public") == 3

    carried = [call["kwargs"]["shops"] for call in sent]  # type: ignore[index]
    assert [len(batch) for batch in carried] == [50, 50, 20]
    assert sorted(shop for batch in carried for shop in batch) == sorted(shops)
    assert all(0 <= call["countdown"] <= 20 and call["expires"] == 120 for call in sent)  # type: ignore[operator]
    json.dumps(sent)


def test_beat_knows_the_task_every_minute(shop_a: TestShop) -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["expire-unpaid-orders"]
    assert (entry["schedule"], entry["kwargs"]) == (60.0, {"schema_name": "public"})
    assert entry["task"] == tasks.expire_everywhere.name
    assert tasks.expire_everywhere.name in app.tasks
    with pytest.raises(TaskWithoutTenant):
        tasks.expire_in_shops(schema_name="", shops=[])


def test_two_schedulers_at_once_do_no_harm(
    make_committed_shop: Callable[[], TestShop],
) -> None:
    """Each order expires once, its stock comes back once."""
    shop = make_committed_shop()
    with use_shop(shop):
        variant = make_variant(stock=100)
        orders = [place((variant, 2)) for _ in range(10)]

        def expire() -> int:
            return services.expire_unpaid_orders(now=clock.now(), most=100).closed

        counts = race(shop, *[expire] * 4)

        assert sum(int(str(count)) for count in counts) == 10
        assert statuses(*orders) == ["failed"] * 10
        assert figures(variant) == (100, 0, 100)
        assert_movements_add_up()
