"""Holding stock for orders, one at a time and all at once."""

import pytest
from django.db import IntegrityError, transaction

from apps.inventory import services
from apps.inventory.errors import InsufficientStock, InvalidQuantity, LocationNotFound
from apps.inventory.models import Location, Reservation, StockItem, StockMovement
from apps.shared.ids import new_id
from tests.inventory.stock import (
    NOW,
    assert_movements_add_up,
    demand,
    figures,
    release,
    reserve,
)
from tests.support.goods import main_location, make_variant
from tests.support.shops import TestShop
from tests.support.threads import outcomes, race


def test_reserving_and_releasing_leaves_movements(shop_a: TestShop) -> None:
    """STOCK-004."""
    variant, order_id = make_variant(stock=5), new_id()

    reserve(order_id, demand(variant, 3))
    assert figures(variant) == (5, 3, 2)
    assert release(order_id) == 3

    assert figures(variant) == (5, 0, 5)
    assert [
        (m.reason, m.on_hand_delta, m.reserved_delta) for m in StockMovement.objects.order_by("id")
    ] == [
        ("receipt", 5, 0),
        ("reserve", 0, 3),
        ("release", 0, -3),
    ]
    assert_movements_add_up()


def test_releasing_twice_gives_back_once(shop_a: TestShop) -> None:
    """STOCK-003."""
    variant, order_id = make_variant(stock=5), new_id()
    reserve(order_id, demand(variant, 3))

    assert (release(order_id), release(order_id), release(new_id())) == (3, 0, 0)

    assert figures(variant) == (5, 0, 5)


def test_the_sum_per_variant_counts(shop_a: TestShop) -> None:
    """S5: the same variant on two lines."""
    variant = make_variant(stock=5)

    with pytest.raises(InsufficientStock) as refused:
        reserve(new_id(), demand(variant, 3), demand(variant, 3))

    assert refused.value.details["requested"] == 6
    assert figures(variant) == (5, 0, 5)
    reserve(new_id(), demand(variant, 3), demand(variant, 2))
    assert figures(variant) == (5, 5, 0)


def test_locations_give_by_priority(shop_a: TestShop) -> None:
    variant = make_variant(stock=2)
    second = Location.objects.create(name="Second", priority=2)
    closed = Location.objects.create(name="Closed", priority=0, is_active=False)
    for location in (second, closed):
        services.receive_stock(
            variant_id=variant.pk, location_id=location.pk, quantity=5, reference="t", now=NOW
        )

    reserve(new_id(), demand(variant, 4))

    taken = dict(Reservation.objects.values_list("stock_item__location__name", "quantity"))
    assert taken == {"Main warehouse": 2, "Second": 2}
    with pytest.raises(InsufficientStock):
        reserve(new_id(), demand(variant, 4))
    assert_movements_add_up()


def test_the_database_refuses_what_the_code_should_have(shop_a: TestShop) -> None:
    """STOCK-001: check constraints have the last word."""
    make_variant(stock=5)
    for change in ({"reserved": 6}, {"reserved": -1}, {"on_hand": -1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            StockItem.objects.update(**change)


def test_a_movement_is_never_altered(shop_a: TestShop) -> None:
    make_variant(stock=5)
    with pytest.raises(IntegrityError, match="immutable"), transaction.atomic():
        StockMovement.objects.update(on_hand_delta=6)


def test_receipts_and_adjustments_are_checked(shop_a: TestShop) -> None:
    variant = make_variant(stock=5)
    where = {"variant_id": variant.pk, "location_id": main_location()}
    reserve(new_id(), demand(variant, 4))

    with pytest.raises(InvalidQuantity):
        services.receive_stock(**where, quantity=0, reference="t", now=NOW)
    with pytest.raises(LocationNotFound):
        services.receive_stock(
            variant_id=variant.pk, location_id=new_id(), quantity=1, reference="t", now=NOW
        )
    with pytest.raises(InsufficientStock):
        services.adjust_stock(**where, quantity_delta=-2, note="broken", now=NOW)
    services.adjust_stock(**where, quantity_delta=-1, note="broken", now=NOW)

    assert figures(variant) == (4, 4, 0)
    assert_movements_add_up()


def test_a_reservation_needs_its_callers_transaction(committed_shop: TestShop) -> None:
    with pytest.raises(RuntimeError, match="must run inside"):
        services.reserve_stock(order_id=new_id(), demands=[], now=NOW)


def test_the_last_units_go_to_as_many_orders(committed_shop: TestShop) -> None:
    """STOCK-001, S1: ten pieces, thirty orders at once: ten get one, twenty none."""
    variant = make_variant(stock=10)
    works = [lambda: reserve(new_id(), demand(variant, 1)) for _ in range(30)]

    results = race(committed_shop, *works)

    assert outcomes(results) == ["InsufficientStock"] * 20 + ["ok"] * 10
    assert figures(variant) == (10, 10, 0)
    assert_movements_add_up()


def test_opposite_orders_do_not_deadlock(committed_shop: TestShop) -> None:
    """STOCK-002: rows are locked in primary-key order, whatever the order of the lines."""
    one, two = make_variant(stock=100), make_variant(stock=100)
    forth = [lambda: reserve(new_id(), demand(one, 1), demand(two, 1))] * 10
    back = [lambda: reserve(new_id(), demand(two, 1), demand(one, 1))] * 10

    results = race(
        committed_shop, *(work for pair in zip(forth, back, strict=True) for work in pair)
    )

    assert outcomes(results) == ["ok"] * 20
    assert figures(one) == figures(two) == (100, 20, 80)
    assert_movements_add_up()


def test_many_releases_of_one_order_give_back_once(committed_shop: TestShop) -> None:
    """STOCK-003 under concurrency."""
    variant, order_id = make_variant(stock=5), new_id()
    reserve(order_id, demand(variant, 5))

    results = race(committed_shop, *[lambda: release(order_id)] * 10)

    assert sorted(results, key=str) == sorted([5] + [0] * 9, key=str)
    assert figures(variant) == (5, 0, 5)
    assert_movements_add_up()
