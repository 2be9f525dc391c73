"""The low-stock event: once on the way down, again after it rose."""

import pytest

from apps.inventory import services
from apps.inventory.models import StockItem
from apps.inventory.states import runs_low
from apps.shared.ids import new_id
from apps.shared.outbox.models import DomainEvent
from apps.shop.models import ShopSettings
from tests.inventory.stock import NOW, demand, release, reserve
from tests.support.goods import main_location, make_variant
from tests.support.shops import TestShop
from tests.support.threads import race


def told() -> list[tuple[int, int]]:
    """(available, sequence) of each event."""
    events = DomainEvent.objects.filter(name="inventory.stock_item.ran_low").order_by("id")
    return [(one.payload["available"], one.sequence) for one in events]


@pytest.mark.parametrize(
    ("before", "after", "low"),
    [(6, 5, True), (6, 4, True), (5, 4, False), (6, 6, False), (4, 6, False), (7, 6, False)],
)
def test_it_is_low_when_it_comes_down_to_the_threshold(before: int, after: int, low: bool) -> None:
    assert runs_low(before=before, after=after, threshold=5) is low


def test_it_is_told_once_until_it_rose_above(shop_a: TestShop) -> None:
    variant, first = make_variant(stock=8), new_id()

    reserve(new_id(), demand(variant, 2))
    assert told() == []
    reserve(first, demand(variant, 1))
    reserve(new_id(), demand(variant, 1))
    assert told() == [(5, 1)]
    release(first)
    assert told() == [(5, 1)], "5 again: it never rose above"
    where = {"variant_id": variant.pk, "location_id": main_location()}
    services.receive_stock(**where, quantity=4, reference="t", now=NOW)
    services.adjust_stock(**where, quantity_delta=-6, note="t", now=NOW)

    assert told() == [(5, 1), (3, 2)]
    event = DomainEvent.objects.filter(name="inventory.stock_item.ran_low").latest("id")
    item = StockItem.objects.get()
    assert event.payload == {
        "stock_item_id": item.pk,
        "variant_id": str(variant.pk),
        "location_id": str(item.location_id),
        "available": 3,
        "threshold": 5,
    }


def test_the_threshold_is_the_shops(shop_a: TestShop) -> None:
    ShopSettings.objects.update(low_stock_threshold=1)
    variant = make_variant(stock=3)

    reserve(new_id(), demand(variant, 1))
    reserve(new_id(), demand(variant, 1))

    assert told() == [(1, 1)]


def test_a_reservation_asks_nothing_more_for_it(
    shop_a: TestShop, django_assert_num_queries: object
) -> None:
    """The path of every order: lock, move, movements, reservations (and the marks around)."""
    variant = make_variant(stock=100)
    with django_assert_num_queries(6):  # type: ignore[operator]
        reserve(new_id(), demand(variant, 1))


def test_many_buyers_make_it_run_low_once(committed_shop: TestShop) -> None:
    variant = make_variant(stock=12)

    race(committed_shop, *[lambda: reserve(new_id(), demand(variant, 1))] * 10)

    assert told() == [(5, 1)]
