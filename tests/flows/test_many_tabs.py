"""One shopper with many tabs, or a client that repeats itself: one order, one payment."""

from collections import Counter

import pytest

from apps.inventory.models import StockItem
from apps.orders.models import Order
from apps.payments.models import PaymentIntent
from tests.support.crowd import all_at_once
from tests.support.goods import make_variant
from tests.support.live_shops import LiveShop
from tests.support.shopper import fill_cart, place_order

pytestmark = pytest.mark.xdist_group("processes")

TABS = 20


def test_one_cart_in_many_tabs_makes_one_order(shop: LiveShop) -> None:
    """ORDER-006, S5: each tab has a key of its own; all answers name the same order."""
    cart = fill_cart(shop, (make_variant(stock=10), 1))

    answers = all_at_once([cart.complete] * TABS)

    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: TABS - 1}
    first = answers[0].json()
    assert all(answer.json() == first for answer in answers)
    assert first["id"] == Order.objects.get().public_id
    assert StockItem.objects.get().reserved == 1


def test_one_key_many_times_is_one_request(shop: LiveShop) -> None:
    """I1, IDEM-001, IDEM-004: the first one's bytes, or a word that it still runs."""
    cart = fill_cart(shop, (make_variant(stock=10), 1))

    answers = all_at_once([lambda: cart.complete(idempotency_key="one-key")] * TABS)

    done = [answer for answer in answers if answer.status_code == 201]
    in_flight = [answer for answer in answers if answer.status_code == 409]
    assert len(done) + len(in_flight) == TABS
    assert len({answer.content for answer in done}) == 1
    assert [answer["Idempotent-Replayed"] for answer in done].count(None) == 1
    for answer in in_flight:
        assert answer.code == "idempotency_in_flight"
        assert answer["Retry-After"] == "1"
    later = cart.complete(idempotency_key="one-key")
    assert (later.status_code, later.content) == (201, done[0].content)
    assert Order.objects.count() == 1
    assert StockItem.objects.get().reserved == 1


def test_many_tabs_that_start_the_payment_get_the_same_one(shop: LiveShop) -> None:
    """PAY-001, PAY-004: at once and with keys of their own. A tab that is told that the provider is
    busy with the same payment tries again."""
    order = place_order(shop, (make_variant(), 1))
    path = f"orders/{order.id}/payments"

    answers = all_at_once([lambda: order.client.post(path)] * 6)

    started = [answer.json() for answer in answers if answer.status_code == 201]
    others = {answer.code for answer in answers if answer.status_code != 201}
    assert others <= {"provider_unavailable"}
    again = order.start_payment()
    references = {(one["id"], one["provider_reference"]) for one in [*started, again]}
    assert len(references) == 1
    assert PaymentIntent.objects.count() == 1
    made = shop.platform.simulator.client(shop.account).v1.payment_intents.list().data
    assert [one.id for one in made] == [again["provider_reference"]]
    order.confirm(again)
    order.wait_for_mail()
