"""Counting what is on the shelf."""

import pytest

from apps.inventory import services
from apps.inventory.errors import InsufficientStock, InvalidQuantity, StaleStock
from apps.inventory.models import StockMovement
from apps.shared.context import acting
from apps.shared.ids import new_id
from tests.inventory.stock import NOW, assert_movements_add_up, demand, figures, reserve
from tests.support.goods import main_location, make_variant
from tests.support.shops import TestShop
from tests.support.threads import outcomes, race


def count(variant: object, counted: int, expected: int | None = None) -> None:
    services.count_stock(
        variant_id=variant.pk,  # type: ignore[attr-defined]
        location_id=main_location(),
        counted=counted,
        expected=expected,
        note="shelf 7",
        now=NOW,
    )


def test_the_difference_is_a_movement(shop_a: TestShop) -> None:
    """STOCK-004."""
    variant = make_variant(stock=10)
    with acting(as_actor="staff:1"):
        count(variant, 7, expected=10)
    count(variant, 7)

    assert figures(variant) == (7, 0, 7)
    moved = StockMovement.objects.exclude(reason="receipt").get()
    assert (moved.reason, moved.on_hand_delta, moved.reference_id, moved.actor) == (
        "count",
        -3,
        "shelf 7",
        "staff:1",
    )
    assert_movements_add_up()


def test_what_is_counted_for_the_first_time_begins_there(shop_a: TestShop) -> None:
    variant = make_variant(stock=0)
    count(variant, 4, expected=0)
    assert figures(variant) == (4, 0, 4)


def test_a_count_of_what_changed_meanwhile_is_refused(shop_a: TestShop) -> None:
    variant = make_variant(stock=10)
    with pytest.raises(StaleStock) as refused:
        count(variant, 7, expected=9)
    assert refused.value.details == {"expected": 9, "on_hand": 10}
    assert figures(variant) == (10, 0, 10)


def test_a_count_below_what_is_promised_is_refused(shop_a: TestShop) -> None:
    """STOCK-001."""
    variant = make_variant(stock=10)
    reserve(new_id(), demand(variant, 4))
    with pytest.raises(InsufficientStock):
        count(variant, 3)
    with pytest.raises(InvalidQuantity):
        count(variant, -1)
    count(variant, 4)
    assert figures(variant) == (4, 4, 0)


def test_two_counts_that_expect_the_same_do_not_both_count(committed_shop: TestShop) -> None:
    variant = make_variant(stock=10)

    results = race(committed_shop, *[lambda n=n: count(variant, n, 10) for n in (7, 8, 9)])

    assert outcomes(results) == ["StaleStock", "StaleStock", "ok"]
    assert_movements_add_up()
