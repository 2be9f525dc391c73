"""Valkey forgets everything, again and again, while people buy: nothing is lost, nothing is done
twice. And while it is away orders are taken as quickly as ever (X5, X6)."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from apps.finance.models import Invoice
from apps.notifications.models import Message
from apps.orders.models import Order
from apps.shared.outbox.models import DeliveryState, EventDelivery
from tests.support.goods import make_variant
from tests.support.live_shops import LiveShop
from tests.support.shopper import FilledCart, PlacedOrder, fill_cart, place_order
from tests.support.storefront import Answer
from tests.support.waiting import eventually

pytestmark = pytest.mark.xdist_group("processes")

_SHOPPERS = 3
_FLUSHED_EVERY = 4
# The bell that nobody hears is tried again by each process every five seconds, for 0.1 s.
_TOLERATED_SECONDS = 0.1


@pytest.mark.parametrize(
    ("purchases", "seconds"),
    [pytest.param(12, 60, id="short"), pytest.param(1000, 300, id="long", marks=pytest.mark.slow)],
)
def test_purchases_while_valkey_forgets_everything(
    shop: LiveShop, purchases: int, seconds: int
) -> None:
    """All that Valkey holds is thrown away after every fourth payment: others are being made."""
    variant = make_variant(stock=10 * purchases)
    thrown: list[int] = []

    def buy(number: int) -> PlacedOrder:
        order = place_order(shop, (variant, 1))
        order.pay()
        if number % _FLUSHED_EVERY == 0:
            thrown.append(shop.platform.flush_valkey())
        return order

    with ThreadPoolExecutor(_SHOPPERS) as shoppers:
        orders = list(shoppers.map(buy, range(purchases)))
    eventually(
        lambda: not EventDelivery.objects.exclude(state=DeliveryState.DONE).exists(),
        seconds=seconds,
        what="all events are delivered",
    )

    assert any(thrown), "Valkey held something when it was emptied"
    assert Order.objects.filter(payment_status="paid").count() == purchases
    assert Invoice.objects.count() == purchases
    assert Message.objects.filter(status="sent").count() == purchases
    assert {len(order.mails()) for order in orders} == {1}


@pytest.mark.parametrize(
    ("checkouts", "share"),
    [
        pytest.param(15, 0.8, id="short"),
        pytest.param(300, 0.99, id="long", marks=pytest.mark.slow),
    ],
)
def test_orders_are_taken_as_quickly_without_the_broker(
    shop: LiveShop, checkouts: int, share: float
) -> None:
    """201 within twice the usual p99. Few of them say little about their p99 on a busy machine: the
    short form compares what most of them stay below."""
    variant = make_variant(stock=10 * checkouts)
    carts = [fill_cart(shop, (variant, 1)) for _ in range(2 * checkouts + 4)]
    complete(carts[:4])

    usual = complete(carts[4 : 4 + checkouts])
    with shop.platform.without("valkey"):
        without = complete(carts[4 + checkouts :])

    assert {one.status_code for one in (*usual, *without)} == {201}
    assert quantile(without, share) <= 2 * quantile(usual, share) + _TOLERATED_SECONDS


def complete(carts: list[FilledCart]) -> list[Answer]:
    return [cart.complete() for cart in carts]


def quantile(answers: list[Answer], share: float) -> float:
    times = sorted(answer.seconds for answer in answers)
    return times[min(int(len(times) * share), len(times) - 1)]
