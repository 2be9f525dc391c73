"""What the hot requests ask of PostgreSQL, counted where psycopg sends it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from tenants import routing
from tenants.routing import Memory
from tests.catalog.products import make_product
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import connect_payments, new_cart
from tests.support.shops import TestShop

TENANT, CHECKOUT, CATALOGUE = "tenants_domain", "checkout_complete_cart", "catalog_"


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
    marks = (TENANT, CHECKOUT, CATALOGUE)
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
