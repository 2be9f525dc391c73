"""Many buyers at the same moment, over HTTP, to two web processes."""

from collections import Counter
from functools import partial

import pytest

from apps.inventory.models import Reservation, StockItem, StockMovement
from apps.orders.models import Order
from apps.payments.models import PaymentIntent
from tests.support.crowd import a_few_at_a_time, all_at_once
from tests.support.goods import make_variant
from tests.support.live_shops import LiveShop
from tests.support.shopper import fill_cart

pytestmark = pytest.mark.xdist_group("processes")

BUYERS = 200
UNITS = 10


def test_the_last_units_are_sold_once_each(shop: LiveShop) -> None:
    """S1, ORDER-001: ten units and 200 carts with one each, all completed at once."""
    variant = make_variant(stock=UNITS, requires_shipping=False)
    fill = partial(fill_cart, shop, (variant, 1), needs_parcel=False)
    carts = a_few_at_a_time([fill] * BUYERS)

    answers = all_at_once([cart.complete for cart in carts])

    assert Counter(answer.status_code for answer in answers) == {201: UNITS, 409: BUYERS - UNITS}
    orders = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(orders) == UNITS
    short = {
        "product": variant.product.public_id,
        "variant": variant.public_id,
        "requested": 1,
        "available": 0,
    }
    for answer in answers:
        if answer.status_code == 409:
            body = answer.json()
            assert body["code"] == "insufficient_stock"
            assert {name: body[name] for name in short} == short
    item = StockItem.objects.get(variant=variant)
    assert (item.on_hand, item.reserved, item.available) == (UNITS, UNITS, 0)
    assert {one.public_id for one in Order.objects.all()} == orders
    assert Reservation.objects.count() == UNITS
    moved = StockMovement.objects.filter(stock_item=item).values_list("reason", "reserved_delta")
    assert Counter(moved) == {("receipt", 0): 1, ("reserve", 1): UNITS}
    assert PaymentIntent.objects.count() == UNITS


def test_goods_are_reserved_whole_or_not_at_all(shop: LiveShop) -> None:
    """S3, STOCK-002: two goods in opposite order, enough for some: no deadlock, no half order."""
    first, second = make_variant(stock=7), make_variant(stock=5)
    lines = [((first, 1), (second, 1)), ((second, 1), (first, 1))]
    carts = a_few_at_a_time(
        [lambda number=number: fill_cart(shop, *lines[number % 2]) for number in range(16)]
    )

    answers = all_at_once([cart.complete for cart in carts])

    assert Counter(answer.status_code for answer in answers) == {201: 5, 409: 11}
    assert {answer.code for answer in answers if answer.status_code == 409} == {
        "insufficient_stock"
    }
    reserved = StockItem.objects.order_by("pk").values_list("reserved", flat=True)
    assert list(reserved) == [5, 5]
