"""Lists of products are kept while nothing has changed, and never for longer."""

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from apps.catalog.models import CatalogueChanges, Product, ProductImage, Variant
from apps.catalog.states import ProductStatus
from apps.inventory.models import Location, StockItem
from tests.catalog.products import make_product, receive
from tests.support.client import ShopClient
from tests.support.shopping import connect_payments, new_cart
from tests.support.shops import TestShop, use_shop
from tests.support.threads import race

MADE = "catalog_listed"


@pytest.fixture
def client(committed_shop: TestShop) -> ShopClient:
    return ShopClient(committed_shop.domain)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What goes to PostgreSQL."""
    statements: list[str] = []
    real = psycopg.Cursor.execute

    def execute(cursor: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        statements.append(str(query))
        return real(cursor, query, *args, **kwargs)

    monkeypatch.setattr(psycopg.Cursor, "execute", execute)
    return statements


def number() -> int:
    return sum(CatalogueChanges.objects.values_list("number", flat=True))


def listed(client: ShopClient, query: str = "") -> list[dict[str, Any]]:
    return client.get(f"products?{query}").json()["data"]


def the_variant() -> Variant:
    return Variant.objects.get()


CHANGES: dict[str, Callable[[], object]] = {
    "title": lambda: Product.objects.update(title="Another"),
    "archived": lambda: Product.objects.update(status=ProductStatus.ARCHIVED),
    "price": lambda: Variant.objects.update(price_amount=1),
    "another variant": lambda: Variant.objects.create(
        product=Product.objects.get(),
        sku="MORE",
        title="More",
        option_values=["More"],
        price_amount=5,
        currency="USD",
    ),
    "picture": lambda: ProductImage.objects.update(src="https://img.example/2.jpg"),
    "no picture": lambda: ProductImage.objects.all().delete(),
    "another product": make_product,
    "sold out": lambda: StockItem.objects.update(reserved=3),
    "backorders end": lambda: StockItem.objects.update(on_hand=0),
    "location closed": lambda: Location.objects.update(is_active=False),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_seen_at_once(client: ShopClient, sent: list[str], name: str) -> None:
    make_product(stock=[3], images=["https://img.example/1.jpg"])
    before = listed(client)
    sent.clear()
    assert listed(client) == before
    assert not any(MADE in one for one in sent), "the page was not kept"

    CHANGES[name]()

    after = listed(client)
    assert after != before
    assert listed(client) == after


def test_what_comes_back_on_sale_is_seen_at_once(client: ShopClient) -> None:
    make_product()
    assert [one["available"] for one in listed(client)] == [False]

    receive(the_variant().pk, 1)

    assert [one["available"] for one in listed(client)] == [True]


def test_an_order_changes_the_number_only_when_it_takes_the_last(client: ShopClient) -> None:
    connect_payments()
    make_product(stock=[2])
    before = number()

    assert new_cart(client, (the_variant(), 1)).complete().status_code == 201
    assert number() == before

    assert [one["available"] for one in listed(client)] == [True]
    assert new_cart(client, (the_variant(), 1)).complete().status_code == 201
    assert number() == before + 1
    assert [one["available"] for one in listed(client)] == [False]


def test_writers_do_not_wait_for_each_other_and_both_are_seen(
    committed_shop: TestShop, client: ShopClient
) -> None:
    first, second = make_product(), make_product()
    listed(client)
    has_written, may_commit = threading.Event(), threading.Event()

    def long_import() -> None:
        with transaction.atomic():
            Product.objects.filter(pk=first.pk).update(title="Imported")
            has_written.set()
            assert may_commit.wait(timeout=30)

    def quick_change() -> set[str]:
        assert has_written.wait(timeout=30)
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
                Product.objects.filter(pk=second.pk).update(title="Changed")
            return {one["title"] for one in listed(client)}
        finally:
            may_commit.set()

    imported, seen = race(committed_shop, long_import, quick_change)

    assert imported is None
    assert seen == {first.title, "Changed"}
    assert {one["title"] for one in listed(client)} == {"Imported", "Changed"}


def test_of_many_changes_at_once_each_is_counted(committed_shop: TestShop) -> None:
    product = make_product()
    before = number()

    def change() -> None:
        for _ in range(5):
            Variant.objects.filter(product=product).update(grams=1)

    assert race(committed_shop, *[change] * 6) == [None] * 6
    # A row that was added meanwhile begins with a number of its own.
    assert number() >= before + 30


def test_what_is_undone_is_not_kept(client: ShopClient) -> None:
    make_product(title="Real")
    listed(client)
    with transaction.atomic():
        Product.objects.update(title="Dream")
        assert [one["title"] for one in listed(client)] == ["Dream"]
        transaction.set_rollback(True)

    assert [one["title"] for one in listed(client)] == ["Real"]
    Product.objects.update(title="True")
    assert [one["title"] for one in listed(client)] == ["True"]


def test_exact_quantities_are_never_kept(client: ShopClient, sent: list[str]) -> None:
    make_product(stock=[9])
    query = "expand=variants"
    listed(client, query)
    receive(the_variant().pk, 1)

    [shown] = listed(client, query)
    assert shown["variants"][0]["quantity_available"] == 10


def test_each_shop_keeps_its_own(
    committed_shop: TestShop, make_committed_shop: Callable[[], TestShop]
) -> None:
    other = make_committed_shop()
    make_product(title="Ours")
    with use_shop(other):
        make_product(title="Theirs")
    # Even when both count the same.
    for shop in (committed_shop, other):
        with use_shop(shop):
            CatalogueChanges.objects.update(number=7)

    for _ in range(2):
        for shop, title in ((committed_shop, "Ours"), (other, "Theirs")):
            assert [one["title"] for one in listed(ShopClient(shop.domain))] == [title]


def test_pages_of_different_questions_are_different(client: ShopClient) -> None:
    make_product(title="A", vendor="One")
    make_product(title="B", vendor="Two")
    queries = ["sort=title", "sort=-title", "vendor=One", "limit=1&sort=title", "fields=title"]

    fresh = [client.get(f"products?{query}").content for query in queries]
    kept = [client.get(f"products?{query}").content for query in queries]

    assert kept == fresh
    assert len(set(fresh)) == len(queries)
