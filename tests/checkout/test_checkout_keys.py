"""Idempotency keys of the call that makes an order: it keeps them itself, in SQL (ADR 12), so each
rule is proven here once more."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse

from apps.cart.models import Cart
from apps.customers.models import Customer
from apps.inventory.models import StockItem, StockMovement
from apps.orders.models import Order
from apps.payments.models import PaymentIntent
from apps.shared import clock
from apps.shared.idempotency.models import IdempotencyRecord
from apps.shared.ids import parse_public_id
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import OpenCart, connect_payments, new_cart
from tests.support.shops import TestShop
from tests.support.threads import race

KEY = "key-1"
ONE_ORDER = (1, 1, 1, 1)


@pytest.fixture
def cart(client_a: ShopClient) -> OpenCart:
    connect_payments()
    return new_cart(client_a, (make_variant(price=1000, stock=10), 1))


def written() -> tuple[int, int, int, int]:
    """Orders, payments, reserving movements, pieces held."""
    return (
        Order.objects.count(),
        PaymentIntent.objects.count(),
        StockMovement.objects.filter(reason="reserve").count(),
        sum(StockItem.objects.values_list("reserved", flat=True)),
    )


def problem(answer: HttpResponse) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]  # type: ignore[attr-defined]


def test_a_key_is_not_good_for_another_request(cart: OpenCart) -> None:
    """IDEM-002: refused, nothing is written, and the first answer is still there."""
    first = cart.complete({}, idempotency_key=KEY)
    assert (first.status_code, written()) == (201, ONE_ORDER)

    body = {"expected_total": {"amount": 1500, "currency": "USD"}}
    refused = cart.complete(body, idempotency_key=KEY)

    assert problem(refused) == (409, "idempotency_key_reused")
    assert written() == ONE_ORDER
    assert IdempotencyRecord.objects.filter(key=KEY).count() == 1
    again = cart.complete({}, idempotency_key=KEY)
    assert (again.content, again["Idempotent-Replayed"]) == (first.content, "true")


def test_a_refused_request_uses_its_key_up_as_well(cart: OpenCart) -> None:
    """IDEM-002, IDEM-007: what was refused for good is the key's answer, for this body only."""
    StockItem.objects.update(on_hand=0)
    first = cart.complete({}, idempotency_key=KEY)
    assert problem(first) == (409, "insufficient_stock")
    StockItem.objects.update(on_hand=5)

    body = {"expected_total": {"amount": 1500, "currency": "USD"}}
    assert problem(cart.complete(body, idempotency_key=KEY)) == (409, "idempotency_key_reused")
    assert cart.complete({}, idempotency_key=KEY).content == first.content
    assert written() == (0, 0, 0, 0)
    assert cart.complete({}, idempotency_key="another").status_code == 201


def test_a_key_is_new_after_24_hours_and_there_is_still_one_order(
    cart: OpenCart, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IDEM-003, ORDER-006, I6."""
    first = cart.complete(idempotency_key=KEY)
    made = IdempotencyRecord.objects.get(key=KEY).created_at

    monkeypatch.setattr(clock, "now", lambda: made + timedelta(hours=23, minutes=59))
    replay = cart.complete(idempotency_key=KEY)
    assert (replay.status_code, replay.content) == (201, first.content)
    assert replay["Idempotent-Replayed"] == "true"

    monkeypatch.setattr(clock, "now", lambda: made + timedelta(hours=24))
    later = cart.complete(idempotency_key=KEY)
    assert later.status_code == 200
    assert "Idempotent-Replayed" not in later
    assert later.json()["id"] == first.json()["id"]
    assert written() == ONE_ORDER
    assert IdempotencyRecord.objects.get(key=KEY).created_at == made + timedelta(hours=24)


def test_a_refusal_is_forgotten_after_24_hours(
    cart: OpenCart, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IDEM-003: the key is new, and may make the order that was refused a day ago."""
    StockItem.objects.update(on_hand=0)
    assert cart.complete(idempotency_key=KEY).status_code == 409
    StockItem.objects.update(on_hand=5)
    made = IdempotencyRecord.objects.get(key=KEY).created_at

    monkeypatch.setattr(clock, "now", lambda: made + timedelta(hours=23, minutes=59))
    assert problem(cart.complete(idempotency_key=KEY)) == (409, "insufficient_stock")
    monkeypatch.setattr(clock, "now", lambda: made + timedelta(hours=24))

    assert cart.complete(idempotency_key=KEY).status_code == 201
    assert written() == ONE_ORDER


def test_the_same_key_on_another_cart_is_another_request(client_a: ShopClient) -> None:
    """IDEM-006, I4: path."""
    connect_payments()
    variant = make_variant(stock=10)
    one, other = (new_cart(client_a, (variant, 1)) for _ in range(2))

    answers = [cart.complete(idempotency_key=KEY) for cart in (one, other)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert len({answer.json()["id"] for answer in answers}) == 2
    assert written() == (2, 2, 2, 2)


def test_another_caller_with_the_same_key_gets_nothing_of_it(
    client_a: ShopClient, client_b: ShopClient, shop_b: TestShop, cart: OpenCart
) -> None:
    """IDEM-006, I4: credential and shop. The stored answer holds the order's token."""
    first = cart.complete(idempotency_key=KEY)
    token = first.json()["token"]
    customer = {"email": "eve@shopper.example", "password": "correct horse"}
    client_a.post("customers", customer)
    eve = f"Bearer {client_a.post('customers/login', customer).json()['token']}"
    path = f"carts/{cart.id}/complete"

    for answer in (
        client_a.post(path, idempotency_key=KEY),
        client_a.post(path, idempotency_key=KEY, cart_token="0" * 64),
        client_a.post(path, idempotency_key=KEY, authorization=eve),
        client_b.post(path, idempotency_key=KEY, **cart.client.headers),
    ):
        assert problem(answer) == (404, "cart_not_found")
        assert token.encode() not in answer.content
    assert written() == ONE_ORDER


def test_two_customers_with_one_key_have_an_order_each(client_a: ShopClient) -> None:
    """IDEM-006, I4: customers, each with a cart of theirs."""
    connect_payments()
    variant = make_variant(stock=10)
    made = []
    for name in ("ann", "eve"):
        account = {"email": f"{name}@shopper.example", "password": "correct horse"}
        client_a.post("customers", account)
        token = client_a.post("customers/login", account).json()["token"]
        cart = new_cart(client_a, (variant, 1))
        customer = Customer.objects.get(email=account["email"])
        Cart.objects.filter(pk=parse_public_id("cart", cart.id)).update(customer=customer)
        signed_in = client_a.with_headers(authorization=f"Bearer {token}")
        made.append(signed_in.post(f"carts/{cart.id}/complete", idempotency_key=KEY))

    assert [answer.status_code for answer in made] == [201, 201]
    assert len({answer.json()["id"] for answer in made}) == 2


@pytest.mark.parametrize(
    ("body", "code"), [({"price": 1}, "invalid_request"), (b"{", "parse_error")]
)
def test_a_malformed_completion_does_not_use_the_key(cart: OpenCart, body: Any, code: str) -> None:
    """I5, IDEM-007."""
    assert problem(cart.complete(body, idempotency_key=KEY)) == (400, code)
    assert (written(), IdempotencyRecord.objects.filter(key=KEY).count()) == ((0, 0, 0, 0), 0)
    assert cart.complete({}, idempotency_key=KEY).status_code == 201


@pytest.mark.parametrize("key", ["k" * 256, "schlüssel"])
def test_a_key_that_is_none_is_refused(cart: OpenCart, key: str) -> None:
    """I6."""
    assert problem(cart.complete(idempotency_key=key)) == (400, "idempotency_key_invalid")
    assert written() == (0, 0, 0, 0)


def test_while_the_first_completion_runs_the_second_is_turned_away(
    committed_shop: TestShop,
) -> None:
    """IDEM-004: the first waits for the cart's lock, and holds the key meanwhile."""
    connect_payments()
    client = ShopClient(committed_shop.domain)
    cart = new_cart(client, (make_variant(stock=10), 1))
    locked, turned_away = threading.Event(), threading.Event()

    def hold_the_cart() -> None:
        with transaction.atomic():
            Cart.objects.select_for_update().get()
            locked.set()
            assert turned_away.wait(30)

    def first() -> HttpResponse:
        assert locked.wait(30)
        return cart.complete(idempotency_key=KEY)

    def second() -> HttpResponse:
        assert locked.wait(30)
        _wait_until_somebody_waits_for_a_lock()
        try:
            return cart.complete(idempotency_key=KEY)
        finally:
            turned_away.set()

    _, done, refused = race(committed_shop, hold_the_cart, first, second)

    assert isinstance(done, HttpResponse)
    assert isinstance(refused, HttpResponse)
    assert done.status_code == 201
    assert problem(refused) == (409, "idempotency_in_flight")
    assert refused["Retry-After"] == "1"
    assert written() == ONE_ORDER
    again = cart.complete(idempotency_key=KEY)
    assert (again.status_code, again.content) == (201, done.content)


def _wait_until_somebody_waits_for_a_lock() -> None:
    """Seen in pg_stat_activity, by statements of 10 ms each that end after 10 s."""
    for _ in range(1000):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_catalog.pg_stat_activity, pg_catalog.pg_sleep(0.01)"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits for the cart")
