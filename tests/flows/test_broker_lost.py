"""Valkey goes away, hangs, or comes back empty (X5, X6): it only wakes, so nothing is lost."""

import signal
from statistics import median

import pytest

from apps.finance.models import Invoice
from apps.payments.models import ProviderEvent
from apps.shared.outbox.models import DeliveryState, EventDelivery
from tests.support.goods import make_variant
from tests.support.live_shops import LiveShop
from tests.support.shopper import fill_cart, place_order, placed
from tests.support.storefront import Answer
from tests.support.waiting import eventually

pytestmark = pytest.mark.xdist_group("processes")

PROMISED_SECONDS = 30.0
# A bare `delay()` would raise after 0.7 to 1.0 s; a bell that nobody hears costs 0.1 s at most.
LATENCY_BOUND_SECONDS = 0.7


def assert_quick(answers: list[Answer]) -> None:
    """By their median: a busy machine may be slow once."""
    assert [answer.status_code for answer in answers] == [201] * len(answers)
    assert median(answer.seconds for answer in answers) < LATENCY_BOUND_SECONDS


def test_checkout_and_payment_while_the_broker_is_down(shop: LiveShop) -> None:
    """X6: 201 within the bound; events flow after it heals, each acts once."""
    carts = [fill_cart(shop, (make_variant(), 1)) for _ in range(3)]
    with shop.platform.without("valkey"):
        answers = [cart.complete() for cart in carts]
        assert_quick(answers)
        order = placed(shop, answers[0])
        order.pay()
        eventually(ProviderEvent.objects.exists, what="the webhook is stored")

    order.wait_for_mail(PROMISED_SECONDS)

    assert len(order.mails()) == 1
    assert Invoice.objects.count() == 1


def test_checkout_while_the_broker_hangs(shop: LiveShop) -> None:
    """Worse than being down: it takes the connection and says nothing."""
    carts = [fill_cart(shop, (make_variant(), 1)) for _ in range(3)]
    valkey = shop.platform["valkey"]
    valkey.signal(signal.SIGSTOP)
    try:
        answers = [cart.complete() for cart in carts]
    finally:
        valkey.signal(signal.SIGCONT)

    assert_quick(answers)


def test_a_broker_that_comes_back_empty(shop: LiveShop) -> None:
    """X5: messages that nobody took are gone with it; their deliveries are handed out again."""
    platform = shop.platform
    platform.kill("worker")
    lost = place_order(shop, (make_variant(), 1))
    lost.pay()
    eventually(
        lambda: EventDelivery.objects.filter(state=DeliveryState.RUNNING).exists(),
        what="a message was sent",
    )
    platform.kill("valkey")
    platform.start("valkey", "worker")
    # This one shows that web, relay and worker use the new broker without being told.
    next_one = place_order(shop, (make_variant(), 1))
    next_one.pay()

    for order in (next_one, lost):
        order.wait_for_mail(PROMISED_SECONDS)
        assert len(order.mails()) == 1
    assert Invoice.objects.count() == 2
