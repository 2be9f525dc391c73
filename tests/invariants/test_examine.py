"""One moment of a busy shop, checks that fail, and what is kept and told."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from apps.inventory import services as inventory
from apps.orders import services as orders
from apps.orders.models import Order
from apps.shared import clock, metrics
from apps.shared.invariants import declare
from apps.shared.invariants.alerts import InvariantViolated, tell_of
from apps.shared.invariants.declare import Found, Gauge, Severity, Shop, declared, invariant
from apps.shared.invariants.examine import Examined, examine_shop
from apps.shared.invariants.gauges import inconsistencies
from apps.shared.invariants.models import InvariantResult
from apps.shared.invariants.results import forget_other_shops, record_results
from apps.shared.schema import PUBLIC, use_schema
from apps.shared.tasks import job_failed
from tests.invariants.busy import BusyShop, run
from tests.orders.placing import paid, place
from tests.shared.test_metrics import counted
from tests.support.goods import main_location, make_variant
from tests.support.shops import TestShop
from tests.support.threads import race


@pytest.fixture
def other_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test declares is forgotten."""
    monkeypatch.setattr(declare, "_DECLARED", dict(declare._DECLARED))


@pytest.fixture
def alerts() -> Iterator[list[dict[str, Any]]]:
    """What `job_failed` was sent with."""
    heard: list[dict[str, Any]] = []

    def hear(**told: Any) -> None:
        heard.append(told)

    job_failed.connect(hear)
    yield heard
    job_failed.disconnect(hear)


def stored(busy: BusyShop) -> dict[str, InvariantResult]:
    with use_schema(PUBLIC):
        rows = InvariantResult.objects.filter(schema_name=busy.shop.schema)
        return {one.check_name: one for one in rows}


def by_name(found: list[Examined]) -> dict[str, Examined]:
    return {one.invariant.name: one for one in found}


def late_or_well(found: list[Examined]) -> list[object]:
    """What is wrong, whatever the moment; nobody works off events here."""
    broken = [one for one in found if one.invariant.severity is Severity.BROKEN]
    return [(one.invariant.name, one.found, one.error) for one in broken if not one.is_well]


def test_a_shop_is_well_at_every_moment_of_a_busy_day(committed_shop: TestShop) -> None:
    """INV 1, 2, 8: orders, payments, parcels and receipts by three threads, looked at meanwhile."""
    goods = make_variant(stock=500)

    def trade() -> int:
        for _ in range(6):
            sold = paid((goods, 2))
            orders.pack_order(order_id=sold.pk, now=clock.now())
            orders.ship_order(order_id=sold.pk, lines=None, now=clock.now())
            unpaid = place((goods, 1))
            orders.cancel_order(order_id=unpaid.pk, reason="test", now=clock.now())
            inventory.receive_stock(
                variant_id=goods.pk,
                location_id=main_location(),
                quantity=1,
                reference="test",
                now=clock.now(),
            )
        return Order.objects.count()

    def look() -> int:
        for looks in range(1, 60):
            found = examine_shop(now=clock.now())
            assert late_or_well(found) == []
            if Order.objects.filter(closed="cancelled").count() == 18:
                return looks
        raise AssertionError("trading never ended")

    *_, looks = results = race(committed_shop, trade, trade, trade, look)

    assert all(isinstance(one, int) for one in results), results
    assert isinstance(looks, int)
    assert looks > 2, "nobody looked while there was trade"
    assert late_or_well(examine_shop(now=clock.now())) == []


def test_all_checks_see_one_moment_and_can_write_nothing(
    committed_shop: TestShop, other_checks: None
) -> None:
    seen: list[object] = []

    @invariant("TEST-1", gauge=Gauge.STOCK)
    def looks(shop: Shop) -> Found:
        """Looks."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('transaction_isolation'), pg_current_snapshot()")
            seen.append(cursor.fetchone())
        return shop.offenders(
            "SELECT 'x' AS kind, 1 AS id, '' AS expected, '' AS found WHERE false"
        )

    @invariant("TEST-2", gauge=Gauge.STOCK)
    def writes(shop: Shop) -> Found:
        """Writes."""
        Order.objects.update(email="x")
        return Found(0, ())

    checks = [*declared(only="TEST-1"), *declared(only="TEST-2"), *declared(only="TEST-1")]
    found = examine_shop(now=clock.now(), checks=checks)

    assert len(set(map(str, seen))) == 1
    assert seen[0][0] == "repeatable read"  # type: ignore[index]
    assert "read-only transaction" in found[1].error
    assert found[2].is_well, "what failed before hides nothing"


def test_nobody_looks_inside_his_own_transaction(committed_shop: TestShop) -> None:
    """He would see what he has not committed, and under his own isolation."""
    with transaction.atomic(), pytest.raises(RuntimeError, match="no open transaction"):
        examine_shop(now=clock.now())


def test_a_check_that_fails_hides_no_other(
    busy: BusyShop, other_checks: None, caplog: pytest.LogCaptureFixture
) -> None:
    @invariant("TEST-1", gauge=Gauge.STOCK)
    def a_wrong_one(shop: Shop) -> Found:
        """Cannot be asked."""
        return shop.offenders("SELECT nothing FROM {shop}.nowhere")

    run("UPDATE orders_order SET closed_at = now() WHERE id = %s", busy.sold.pk)
    found = by_name(examine_shop(now=busy.now))

    assert "nowhere" in found["tests.a_wrong_one"].error
    assert not found["tests.a_wrong_one"].is_well
    assert found["orders.times_agree_with_states"].found.count == 1
    assert "invariant.check_failed" in [one.message for one in caplog.records]


def test_all_offenders_are_counted_and_the_first_are_named(busy: BusyShop) -> None:
    run("UPDATE inventory_stockmovement SET actor = ''")
    movements: int = run("SELECT count(*) FROM inventory_stockmovement")

    found = by_name(examine_shop(now=busy.now, most=2))["inventory.movements_follow_the_table"]

    assert found.found.count == movements > 2
    assert len(found.found.sample) == 2


def test_the_latest_results_are_kept_told_of_and_measured(
    busy: BusyShop, alerts: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    """`stock_inconsistencies` by check, added up over shops."""
    item: int = run("UPDATE inventory_stockitem SET on_hand = on_hand + 1 RETURNING id")
    name = "inventory.movements_add_up_to_the_row"
    examined = examine_shop(now=busy.now)
    for shop in (busy.shop.schema, "shop_of_somebody_else"):
        record_results(schema_name=shop, examined=examined, now=busy.now)
    with caplog.at_level(logging.ERROR):
        assert tell_of(examined, schema_name=busy.shop.schema) == 1

    row = stored(busy)[name]
    assert (row.violations, row.error, row.checked_at) == (2, "", busy.now)
    assert f"stock item {item}" in [one["row"] for one in row.sample]
    told = metrics.exposition()
    label = f'check="{name}",id="STOCK-004"'
    assert counted(told, f"stock_inconsistencies{{{label}}}") == 4
    assert counted(told, 'order_inconsistencies{check="orders.totals_add_up",id="ORDER-007"}') == 0
    assert b"order_inconsistencies{check=" in told
    oldest = f'invariant_oldest_check_timestamp_seconds{{check="{name}"}}'
    assert counted(told, oldest) == pytest.approx(busy.now.timestamp())
    line = next(one for one in caplog.records if one.message == "invariant.violated")
    assert (line.check, line.violations, line.schema) == (name, 2, busy.shop.schema)  # type: ignore[attr-defined]
    assert [one["job"] for one in alerts] == [f"invariants:{name}"]
    assert isinstance(alerts[0]["error"], InvariantViolated)


def test_a_later_result_takes_the_place_of_the_former(busy: BusyShop) -> None:
    item: int = run("UPDATE inventory_stockitem SET on_hand = on_hand + 1 RETURNING id")
    name = "inventory.movements_add_up_to_the_row"
    record_results(schema_name=busy.shop.schema, examined=examine_shop(now=busy.now), now=busy.now)
    with use_schema(PUBLIC):
        InvariantResult.objects.filter(check_name=name).update(check_name="gone.by")
    run("UPDATE inventory_stockitem SET on_hand = on_hand - 1")
    later = busy.now + timedelta(seconds=5)
    record_results(schema_name=busy.shop.schema, examined=examine_shop(now=busy.now), now=later)

    assert item
    assert set(stored(busy)) == {one.name for one in declared()}
    assert stored(busy)[name].violations == 0
    assert {one.checked_at for one in stored(busy).values()} == {later}


def test_shops_that_are_no_more_are_forgotten(busy: BusyShop) -> None:
    examined = examine_shop(now=busy.now)
    record_results(schema_name="shop_gone", examined=examined, now=busy.now)
    record_results(schema_name=busy.shop.schema, examined=examined, now=busy.now)

    assert forget_other_shops(kept=[busy.shop.schema]) == len(examined)
    assert len(stored(busy)) == len(examined)


def test_what_was_never_checked_is_not_shown_as_well(db: None) -> None:
    with use_schema(PUBLIC):
        InvariantResult.objects.all().delete()
    readings = {one.name: one.values for one in inconsistencies()}
    assert readings == {
        "invariant_checks_failed": {},
        "invariant_oldest_check_timestamp_seconds": {},
    }


def test_a_check_without_words_or_with_a_name_that_is_taken_is_refused(other_checks: None) -> None:
    def silent(shop: Shop) -> Found:
        return Found(0, ())

    with pytest.raises(ValueError, match="silent"):
        invariant("TEST-1", gauge=Gauge.STOCK)(silent)
    silent.__doc__ = "Says something."
    invariant("TEST-1", gauge=Gauge.STOCK)(silent)
    with pytest.raises(ValueError, match="silent"):
        invariant("TEST-1", gauge=Gauge.STOCK)(silent)
