"""Shipping, releasing and taking back what was held for order lines (02-domain, Stock)."""

import logging
from collections.abc import Callable
from uuid import UUID

import pytest

from apps.catalog.models import Variant
from apps.catalog.states import InventoryPolicy
from apps.inventory import selectors, services
from apps.inventory.dto import LineQuantity, Reference
from apps.inventory.errors import (
    InsufficientStock,
    InvalidQuantity,
    NothingToRelease,
    NothingToReturn,
    NothingToShip,
)
from apps.inventory.models import Location, Reservation, StockItem, StockMovement
from apps.inventory.services import Demand
from apps.shared import metrics
from apps.shared.db import owns_transaction
from apps.shared.errors import DomainError
from apps.shared.ids import new_id
from tests.inventory.stock import NOW, assert_movements_add_up, figures, reserve
from tests.support.goods import make_variant
from tests.support.shops import TestShop
from tests.support.threads import outcomes, race

Service = Callable[..., None]
ship, release_line, take_back = (
    services.ship_stock,
    services.release_line_stock,
    services.return_stock,
)


def hold(variant: Variant, quantity: int) -> tuple[UUID, UUID]:
    """An order with one line; returns both ids."""
    order_id, line_id = new_id(), new_id()
    reserve(order_id, Demand(line_id, variant.product_id, variant.pk, quantity))
    return order_id, line_id


@owns_transaction
def do(service: Service, order_id: UUID, *lines: tuple[UUID, int]) -> None:
    service(
        order_id=order_id,
        lines=[LineQuantity(*line) for line in lines],
        reference=Reference("test", "t1"),
        now=NOW,
    )


def test_each_step_moves_what_the_table_says(shop_a: TestShop) -> None:
    """STOCK-004: ship −q/−q, release reserved −q, return on_hand +q, each with its movement."""
    variant = make_variant(stock=10)
    order_id, line_id = hold(variant, 6)

    do(ship, order_id, (line_id, 3))
    assert figures(variant) == (7, 3, 4)
    do(release_line, order_id, (line_id, 2))
    assert figures(variant) == (7, 1, 6)
    do(take_back, order_id, (line_id, 2))
    assert figures(variant) == (9, 1, 8)

    moved = StockMovement.objects.order_by("id").values_list(
        "reason", "on_hand_delta", "reserved_delta", "reference_type", "reference_id", "actor"
    )
    assert list(moved)[2:] == [
        ("ship", -3, -3, "test", "t1", "system"),
        ("release", 0, -2, "test", "t1", "system"),
        ("return", 2, 0, "test", "t1", "system"),
    ]
    held = Reservation.objects.get()
    assert (held.quantity, held.shipped, held.released, held.returned) == (6, 3, 2, 2)
    assert selectors.open_quantities(order_id=order_id) == {line_id: 1}
    assert_movements_add_up()


@pytest.mark.parametrize(
    ("service", "before", "too_many", "error"),
    [
        (ship, [], 6, NothingToShip),
        (ship, [(ship, 3)], 3, NothingToShip),
        (ship, [(release_line, 5)], 1, NothingToShip),
        (release_line, [], 6, NothingToRelease),
        (release_line, [(ship, 4)], 2, NothingToRelease),
        (release_line, [(release_line, 5)], 1, NothingToRelease),
        (take_back, [], 1, NothingToReturn),
        (take_back, [(ship, 2)], 3, NothingToReturn),
        (take_back, [(ship, 2), (take_back, 2)], 1, NothingToReturn),
        (take_back, [(release_line, 5)], 1, NothingToReturn),
    ],
)
def test_nothing_moves_that_was_not_held_or_shipped(
    shop_a: TestShop,
    caplog: pytest.LogCaptureFixture,
    service: Service,
    before: list[tuple[Service, int]],
    too_many: int,
    error: type[DomainError],
) -> None:
    """STOCK-003, STOCK-005 (once), S6: refused, logged and counted, never clamped."""
    variant = make_variant(stock=10)
    order_id, line_id = hold(variant, 5)
    for step, quantity in before:
        do(step, order_id, (line_id, quantity))
    seen = figures(variant), StockMovement.objects.count()
    counted = steps_refused()

    with caplog.at_level(logging.ERROR), pytest.raises(error) as refused:
        do(service, order_id, (line_id, too_many))

    assert refused.value.details["requested"] == too_many
    logged = [one for one in caplog.records if one.message == "stock.release_refused"]
    assert [one.requested for one in logged] == [too_many]  # type: ignore[attr-defined]
    assert steps_refused() == counted + 1
    assert (figures(variant), StockMovement.objects.count()) == seen
    assert_movements_add_up()


def steps_refused() -> float:
    """The metric, whatever the step."""
    [family] = metrics.STOCK_STEPS_REFUSED.collect()
    return sum(one.value for one in family.samples if one.name.endswith("_total"))


def test_another_orders_stock_is_out_of_reach(shop_a: TestShop) -> None:
    """STOCK-003."""
    variant = make_variant(stock=10)
    _, line_id = hold(variant, 5)
    other_order, other_line = hold(variant, 1)

    with pytest.raises(NothingToShip):
        do(ship, other_order, (line_id, 1))
    with pytest.raises(NothingToRelease):
        do(release_line, other_order, (other_line, 2))

    assert figures(variant) == (10, 6, 4)


def test_all_lines_move_or_none(shop_a: TestShop) -> None:
    one, two = make_variant(stock=5), make_variant(stock=5)
    order_id, first, second = new_id(), new_id(), new_id()
    reserve(
        order_id,
        Demand(first, one.product_id, one.pk, 2),
        Demand(second, two.product_id, two.pk, 2),
    )

    with pytest.raises(NothingToShip):
        do(ship, order_id, (first, 2), (second, 3))
    with pytest.raises(NothingToShip):
        do(ship, order_id, (first, 1), (first, 2))

    assert (figures(one), figures(two)) == ((5, 2, 3), (5, 2, 3))


@pytest.mark.parametrize("quantity", [0, -1])
def test_only_pieces_can_move(shop_a: TestShop, quantity: int) -> None:
    variant = make_variant(stock=5)
    order_id, line_id = hold(variant, 2)
    for service in (ship, release_line, take_back):
        with pytest.raises(InvalidQuantity):
            do(service, order_id, (line_id, quantity))
    assert figures(variant) == (5, 2, 3)


def test_pieces_leave_and_come_back_where_they_were_held(shop_a: TestShop) -> None:
    variant = make_variant(stock=2)
    second = Location.objects.create(name="Second", priority=2)
    services.receive_stock(
        variant_id=variant.pk, location_id=second.pk, quantity=5, reference="t", now=NOW
    )
    order_id, line_id = hold(variant, 4)

    do(ship, order_id, (line_id, 3))
    do(take_back, order_id, (line_id, 3))
    do(release_line, order_id, (line_id, 1))

    rows = Reservation.objects.order_by("pk").values_list(
        "stock_item__location__name", "shipped", "released", "returned"
    )
    assert list(rows) == [("Main warehouse", 2, 0, 2), ("Second", 1, 1, 1)]
    assert_movements_add_up()


def test_a_backorder_ships_when_it_has_come_in(shop_a: TestShop) -> None:
    """STOCK-006."""
    variant = make_variant(stock=1, policy=InventoryPolicy.CONTINUE)
    order_id, line_id = hold(variant, 3)

    with pytest.raises(InsufficientStock):
        do(ship, order_id, (line_id, 2))
    assert figures(variant) == (1, 3, -2)
    item = StockItem.objects.get()
    services.receive_stock(
        variant_id=variant.pk, location_id=item.location_id, quantity=2, reference="t", now=NOW
    )
    do(ship, order_id, (line_id, 3))

    assert figures(variant) == (0, 0, 0)
    assert_movements_add_up()


def test_many_shipments_of_one_line_at_once_ship_what_is_held(committed_shop: TestShop) -> None:
    """STOCK-003 under concurrency."""
    variant = make_variant(stock=20)
    order_id, line_id = hold(variant, 10)

    results = race(committed_shop, *[lambda: do(ship, order_id, (line_id, 3))] * 8)

    assert outcomes(results) == ["NothingToShip"] * 5 + ["ok"] * 3
    assert figures(variant) == (11, 1, 10)
    assert_movements_add_up()


def test_shipping_releasing_and_returning_at_once_keep_the_sums(committed_shop: TestShop) -> None:
    """STOCK-003, STOCK-004 under concurrency: rows of two variants, lines in opposite orders."""
    one, two = make_variant(stock=50), make_variant(stock=50)
    order_id, first, second = new_id(), new_id(), new_id()
    reserve(
        order_id,
        Demand(first, one.product_id, one.pk, 20),
        Demand(second, two.product_id, two.pk, 20),
    )
    works = [
        lambda: do(ship, order_id, (first, 2), (second, 1)),
        lambda: do(release_line, order_id, (second, 1), (first, 1)),
        lambda: reserve(
            new_id(),
            Demand(new_id(), two.product_id, two.pk, 1),
            Demand(new_id(), one.product_id, one.pk, 1),
        ),
    ]

    results = race(committed_shop, *works * 5)

    assert outcomes(results) == ["ok"] * 15
    assert (figures(one), figures(two)) == ((40, 10, 30), (45, 15, 30))
    assert_movements_add_up()
