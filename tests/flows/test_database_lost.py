"""PostgreSQL ends every connection at once, as it does when it restarts: requests are answered 503
or do their work, and everything recovers by itself."""

import threading
from collections import Counter
from collections.abc import Iterator

import pytest
from django.db import connection

from apps.orders.models import Order
from tests.support.crowd import a_few_at_a_time, all_at_once
from tests.support.goods import make_variant
from tests.support.live_shops import LiveShop
from tests.support.platform import CONNECTIONS
from tests.support.shopper import FilledCart, fill_cart, place_order, placed
from tests.support.storefront import Answer
from tests.support.waiting import eventually

pytestmark = pytest.mark.xdist_group("processes")

CARTS = 24
CROWD = 24
PROMISED_SECONDS = 30.0


def end_all_connections() -> int:
    """Those of web, worker and relay; returns how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = %s",
            [CONNECTIONS],
        )
        return int(cursor.fetchone()[0])


@pytest.fixture(autouse=True)
def _settled(shop: LiveShop) -> Iterator[None]:
    """A web process tells its first caller that connections are gone: not the next test."""
    yield
    eventually(lambda: all(all_is_well(shop) for _ in range(3)), what="the web processes settle")


def all_is_well(shop: LiveShop) -> bool:
    """Many at once, so that no process is left out: one alone may take all that come in turn."""
    answers = all_at_once([lambda: shop.storefront.get("products")] * CROWD)
    return {answer.status_code for answer in answers} == {200}


def test_checkouts_while_connections_end(shop: LiveShop) -> None:
    variant = make_variant(stock=CARTS)
    carts = a_few_at_a_time([lambda: fill_cart(shop, (variant, 1))] * CARTS)
    some_are_done = threading.Event()

    def complete(cart: FilledCart) -> Answer:
        answer = cart.complete(idempotency_key=f"once-{cart.id}")
        some_are_done.set()
        return answer

    def retried(cart: FilledCart) -> Answer | None:
        answer = complete(cart)
        return answer if answer.status_code == 201 else None

    racing = threading.Thread(
        target=lambda: first.extend(all_at_once([lambda one=one: complete(one) for one in carts]))
    )
    first: list[Answer] = []
    racing.start()
    assert some_are_done.wait(10)
    assert end_all_connections() >= 4
    racing.join(60)

    answered = Counter(answer.status_code for answer in first)
    assert answered.total() == CARTS
    assert answered.keys() <= {201, 503}
    second = [
        eventually(lambda cart=cart: retried(cart), what="the retry is answered") for cart in carts
    ]
    for before, after in zip(first, second, strict=True):
        assert after is not None
        assert before.status_code == 503 or before.content == after.content
    assert Order.objects.count() == CARTS
    order = placed(shop, second[0])
    order.pay()
    order.wait_for_mail(PROMISED_SECONDS)


def test_worker_and_relay_get_connections_again(shop: LiveShop) -> None:
    order = place_order(shop, (make_variant(), 1))
    payment = order.start_payment()
    end_all_connections()

    order.confirm(payment)

    order.wait_for_mail(PROMISED_SECONDS)
    assert len(order.mails()) == 1
