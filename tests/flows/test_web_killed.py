"""The web processes die in the middle of requests: what was answered holds, what was not is known
after the same request is sent again."""

import threading
from datetime import timedelta
from http.client import HTTPException

import pytest

from apps.orders.models import Order
from apps.payments.models import PaymentIntent
from apps.shared import clock
from apps.shared.idempotency.models import IdempotencyRecord
from tests.support.crowd import a_few_at_a_time, all_at_once
from tests.support.goods import make_variant
from tests.support.live_shops import LiveShop
from tests.support.shopper import FilledCart, fill_cart, place_order
from tests.support.storefront import Answer
from tests.support.waiting import eventually

pytestmark = pytest.mark.xdist_group("processes")

CARTS = 24
CREATE = "POST /v1/payment_intents"


def test_checkouts_that_a_kill_cut_off(shop: LiveShop) -> None:
    """X3, I5, INV 4: one order for each that was acknowledged, one for each retried unknown one."""
    platform = shop.platform
    variant = make_variant(stock=CARTS)
    carts = a_few_at_a_time([lambda: fill_cart(shop, (variant, 1))] * CARTS)
    some_are_done = threading.Event()

    def complete(cart: FilledCart) -> Answer | None:
        try:
            answer = cart.complete(idempotency_key=f"once-{cart.id}")
        except (OSError, HTTPException):
            return None
        some_are_done.set()
        return answer

    def kill() -> None:
        some_are_done.wait(10)
        platform.kill("web")

    first = all_at_once([*[lambda cart=cart: complete(cart) for cart in carts], kill])[:-1]
    platform.ensure_running()
    second = [complete(cart) for cart in carts]

    assert any(first)
    assert [answer.status_code for answer in first if answer] == [201] * sum(map(bool, first))
    assert [answer.status_code for answer in second if answer] == [201] * CARTS
    for before, after in zip(first, second, strict=True):
        assert after is not None
        assert before is None or before.content == after.content
    assert Order.objects.count() == CARTS


def test_a_payment_that_we_never_heard_of(shop: LiveShop) -> None:
    """PAY-005, PAY-007: made at the provider while we died, and paid before we knew its name."""
    simulator, account = shop.platform.simulator, shop.account
    order = place_order(shop, (make_variant(), 1))
    simulator.faults(account, api=[{"route": CREATE, "mode": "delay", "seconds": 0.7}])
    path = f"orders/{order.id}/payments"

    def ask() -> None:
        with pytest.raises((OSError, HTTPException)):
            order.client.post(path, idempotency_key="pay-once")

    asking = threading.Thread(target=ask)
    asking.start()
    eventually(lambda: simulator.requests(account).get(CREATE), what="the provider is asked")
    shop.platform.kill("web")
    asking.join(10)
    made = eventually(
        lambda: simulator.client(account).v1.payment_intents.list().data, what="it is made"
    )[0]
    simulator.confirm(account, made.id, made.client_secret, "pm_card_visa")
    assert PaymentIntent.objects.get().provider_reference is None

    shop.platform.ensure_running()

    order.wait_for_mail()
    assert order.payment()["provider_reference"] == made.id
    claims = IdempotencyRecord.objects.filter(key="pay-once")
    # However long the restart took: the request died a moment ago, as far as its claim says.
    claims.update(locked_until=clock.now() + timedelta(seconds=10))
    running = order.client.post(path, idempotency_key="pay-once")
    assert (running.status_code, running.code) == (409, "idempotency_in_flight")
    claims.update(locked_until=clock.now())
    late = order.client.post(path, idempotency_key="pay-once")
    assert (late.status_code, late.code) == (409, "payment_already_processed")
    assert [entry["kind"] for entry in simulator.ledger(account)] == ["charge"]
