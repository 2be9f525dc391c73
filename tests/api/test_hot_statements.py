"""What the hot requests ask of PostgreSQL, counted where psycopg sends it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection

from tenants import routing
from tenants.routing import Memory
from tests.catalog.products import make_product
from tests.support.client import ShopClient
from tests.support.goods import flat_rate, make_variant
from tests.support.pretend_provider import PretendProvider
from tests.support.providers import play
from tests.support.shopping import connect_payments, new_cart
from tests.support.shops import TestShop

TENANT, CHECKOUT, CATALOGUE = "tenants_domain", "checkout_complete_cart", "catalog_"
CART, SHIPPING = ".cart_", "shipping_shippingmethod"
# Without a key, as a storefront may send what is safe to lose.
UNKEYED = {"idempotency_key": ""}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that goes out, Django's and our own; transaction marks are not statements."""
    statements: list[str] = []
    real = psycopg.Cursor.execute

    def execute(cursor: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        statements.append(str(query))
        return real(cursor, query, *args, **kwargs)

    monkeypatch.setattr(psycopg.Cursor, "execute", execute)
    return statements


@contextmanager
def remembering(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    """As a web process that hears of changed tenants."""
    memory = Memory(seconds=60)
    memory.changed()
    monkeypatch.setattr(routing, "_memory", memory)
    settings.TENANT_CACHE_SECONDS = 60.0
    yield
    settings.TENANT_CACHE_SECONDS = 0.0


def kinds(statements: list[str]) -> list[str]:
    """What each statement is for; one of another kind as it is."""
    marks = (TENANT, CHECKOUT, CATALOGUE, CART, SHIPPING)
    return [next((mark for mark in marks if mark in one), one) for one in statements]


def test_an_order_is_one_statement(
    committed_shop: TestShop,
    sent: list[str],
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
) -> None:
    client = ShopClient(committed_shop.domain)
    connect_payments()
    hat = make_variant(stock=9)
    carts = [new_cart(client, (hat, 1)) for _ in range(3)]
    carts[0].complete()
    sent.clear()

    assert carts[1].complete().status_code == 201
    assert kinds(sent) == [TENANT, CHECKOUT]

    with remembering(monkeypatch, settings):
        client.get("products")
        sent.clear()
        assert carts[2].complete().status_code == 201
        assert kinds(sent) == [CHECKOUT]


def test_each_change_of_a_cart_is_one_statement(committed_shop: TestShop, sent: list[str]) -> None:
    client = ShopClient(committed_shop.domain)
    cart = new_cart(client, (make_variant(stock=9), 1))
    hat, method = make_variant(stock=9).public_id, flat_rate().public_id
    line = cart.client.get(f"carts/{cart.id}").json()["lines"][0]["id"]
    calls: list[tuple[str, str, object, int]] = [
        ("POST", "carts", {"email": "ada@shopper.example"}, 201),
        ("GET", f"carts/{cart.id}", None, 200),
        ("POST", f"carts/{cart.id}/lines", {"variant": hat}, 201),
        ("PATCH", f"carts/{cart.id}/lines/{line}", {"quantity": 2}, 200),
        ("DELETE", f"carts/{cart.id}/lines/{line}", None, 200),
        ("PATCH", f"carts/{cart.id}", {"shipping_method": method}, 200),
    ]
    for verb, path, body, status in calls:
        sent.clear()
        assert cart.client.send(verb, path, body, **UNKEYED).status_code == status
        assert kinds(sent) == [TENANT, CART], f"{verb} {path}"

    sent.clear()
    assert client.get("shipping-methods").status_code == 200
    assert kinds(sent) == [TENANT, SHIPPING]


def tables(statements: list[str]) -> list[str]:
    """What each statement does to which table: its verb and the table's name."""
    found = [
        re.search(r"^\s*(?:WITH.*?)?(INSERT|UPDATE|SELECT).*?\.\"?(\w+)", one, re.S)
        for one in statements
    ]
    return [f"{one[1]} {one[2]}" if one else "" for one in found]


def test_a_payment_is_started_in_eleven_statements(
    committed_shop: TestShop, sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = ShopClient(committed_shop.domain)
    provider = PretendProvider()
    play(monkeypatch, provider)
    connect_payments()
    hat = make_variant(stock=9)
    order = new_cart(client, (hat, 1)).complete().json()

    sent.clear()
    started = client.post(f"orders/{order['id']}/payments", order_token=order["token"])
    assert started.status_code == 201
    assert tables(sent)[1:] == [
        "INSERT idempotency_idempotencyrecord",
        # Nothing is locked while the provider is asked.
        "SELECT orders_order",
        "SELECT payments_paymentintent",
        "SELECT payments_paymentintent",
        "SELECT payments_paymentaccount",
        "SELECT orders_order",
        "UPDATE orders_order",
        "INSERT orders_ordertransition",
        "SELECT payments_paymentintent",
        "UPDATE payments_paymentintent",
        "UPDATE idempotency_idempotencyrecord",
    ]

    sent.clear()
    provider.customer_pays("pi_1", goes_well=True)
    answer = client.send("POST", "webhooks/stripe", provider.webhooks[-1], **UNKEYED)
    assert answer.status_code == 200
    assert tables(sent)[1:] == [
        "SELECT payments_paymentaccount",
        "INSERT payments_providerevent",
        "INSERT outbox_domainevent",
    ]


@pytest.mark.parametrize("path", ["products", "products?limit=24", "products/{id}"])
def test_looking_is_one_statement(
    committed_shop: TestShop,
    sent: list[str],
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    path: str,
) -> None:
    client = ShopClient(committed_shop.domain)
    product = make_product(title="Hat")
    path = path.format(id=product.public_id)
    client.get(path)
    sent.clear()

    assert client.get(path).status_code == 200
    assert kinds(sent) == [TENANT, CATALOGUE]

    with remembering(monkeypatch, settings):
        client.get(path)
        sent.clear()
        assert client.get(path).status_code == 200
        assert kinds(sent) == [CATALOGUE]


@pytest.mark.django_db
def test_a_connection_keeps_the_statements_of_many_shops() -> None:
    connection.ensure_connection()
    assert connection.connection.prepared_max == 1000


def test_a_refusal_for_want_of_stock_is_one_statement_and_one_that_keeps_it(
    committed_shop: TestShop,
    sent: list[str],
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
) -> None:
    """Buyers of a product that is gone must not hold up the others."""
    client = ShopClient(committed_shop.domain)
    connect_payments()
    hat, coat = make_variant(stock=1), make_variant(stock=9)
    late, first = new_cart(client, (hat, 1)), new_cart(client, (hat, 1))
    assert first.complete().status_code == 201
    new_cart(client, (coat, 1)).complete()

    with remembering(monkeypatch, settings):
        client.get("products")
        sent.clear()
        refused = late.complete(idempotency_key="late")
        assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_stock")
        assert len(sent) == 2
        assert CHECKOUT in sent[0]
        assert "idempotency_idempotencyrecord" in sent[1]

    again = late.complete(idempotency_key="late")
    assert again.content == refused.content
    assert again["Idempotent-Replayed"] == "true"
