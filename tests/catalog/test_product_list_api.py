"""GET /api/v1/products. Each answer is also checked against the OpenAPI document by the client."""

import time
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.catalog import storefront
from apps.catalog.states import ProductStatus
from apps.shared import fast_sql
from tests.catalog.products import NOW, make_product
from tests.support.client import ShopClient
from tests.support.shops import TestShop, use_shop

SORTS = ["-published_at", "published_at", "title", "-title"]


def titles(client: ShopClient, query: str = "") -> list[str]:
    return [one["title"] for one in client.get(f"products?{query}").json()["data"]]


def all_pages(client: ShopClient, query: str) -> list[list[str]]:
    """The ids of each page, following `next_cursor`."""
    pages, cursor = [], ""
    while True:
        body = client.get(f"products?{query}{cursor}").json()
        pages.append([one["id"] for one in body["data"]])
        if not body["has_more"]:
            assert body["next_cursor"] is None
            return pages
        cursor = f"&cursor={quote(body['next_cursor'])}"


def test_a_list_item_holds_exactly_what_is_documented(client_a: ShopClient) -> None:
    product = make_product(
        handle="tee",
        title="Tee",
        vendor="Loom",
        product_type="Shirts",
        tags=["summer", "cotton"],
        prices=[2500, 1999],
        compare_at=[3000, None],
        stock=[0, 3],
        images=["https://img.example/1.jpg", "https://img.example/2.jpg"],
    )

    body = client_a.get("products").json()

    assert body == {
        "object": "list",
        "has_more": False,
        "next_cursor": None,
        "data": [
            {
                "object": "product",
                "id": f"prd_{product.pk.hex}",
                "handle": "tee",
                "title": "Tee",
                "vendor": "Loom",
                "product_type": "Shirts",
                "tags": ["summer", "cotton"],
                "status": "active",
                "price_range": {
                    "min": {"amount": 1999, "currency": "USD", "display": "19.99 USD"},
                    "max": {"amount": 2500, "currency": "USD", "display": "25.00 USD"},
                },
                "compare_at_price_min": {
                    "amount": 3000,
                    "currency": "USD",
                    "display": "30.00 USD",
                },
                "image": {"src": "https://img.example/1.jpg", "alt": "", "position": 1},
                "available": True,
                "published_at": "2026-03-01T12:00:00Z",
                "updated_at": product.updated_at.isoformat().replace("+00:00", "Z"),
            }
        ],
    }


def test_only_active_products_are_listed(client_a: ShopClient) -> None:
    make_product(title="Seen")
    make_product(title="Draft", status=ProductStatus.DRAFT, published_at=None)
    make_product(title="Archived", status=ProductStatus.ARCHIVED)

    assert titles(client_a) == ["Seen"]


def test_a_product_without_variants_has_no_price_and_cannot_be_bought(client_a: ShopClient) -> None:
    make_product(prices=[])

    [item] = client_a.get("products").json()["data"]

    assert (item["price_range"], item["compare_at_price_min"]) == (None, None)
    assert item["available"] is False


def test_a_price_in_yen_has_no_decimals(client_a: ShopClient) -> None:
    make_product(prices=[1999], currency="JPY")

    [item] = client_a.get("products").json()["data"]

    assert item["price_range"]["min"]["display"] == "1,999 JPY"


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("limit", [1, 3, 7])
def test_pages_hold_each_product_once_whatever_the_ties(
    client_a: ShopClient, sort: str, limit: int
) -> None:
    for number in range(7):  # four share a moment, three share a title
        make_product(
            published_at=NOW + timedelta(seconds=number // 4), title=f"T{number % 3}", prices=[]
        )

    pages = all_pages(client_a, f"sort={sort}&limit={limit}")
    whole = all_pages(client_a, f"sort={sort}&limit=100")

    assert [one for page in pages for one in page] == whole[0]
    assert len(set(whole[0])) == 7
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)


@pytest.mark.parametrize("ascending", ["published_at", "title"])
def test_descending_is_ascending_backwards(client_a: ShopClient, ascending: str) -> None:
    for number in range(5):
        make_product(title=f"T{number % 2}", published_at=NOW, prices=[])

    up = all_pages(client_a, f"sort={ascending}&limit=2")
    down = all_pages(client_a, f"sort=-{ascending}&limit=2")

    assert [i for page in up for i in page] == [i for page in down for i in page][::-1]


def test_the_newest_come_first_by_default(client_a: ShopClient) -> None:
    for days in (1, 3, 2):
        make_product(title=f"{days} days old", published_at=NOW - timedelta(days=days))

    assert titles(client_a) == ["1 days old", "2 days old", "3 days old"]


def test_a_product_published_between_two_pages_moves_nothing(client_a: ShopClient) -> None:
    for number in range(4):
        make_product(title=f"T{number}", published_at=NOW + timedelta(seconds=number))
    first = client_a.get("products?limit=2").json()
    make_product(title="New", published_at=NOW + timedelta(days=1))

    second = titles(client_a, f"limit=2&cursor={quote(first['next_cursor'])}")

    assert [one["title"] for one in first["data"]] + second == ["T3", "T2", "T1", "T0"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("vendor=Loom", {"A", "B"}),
        ("product_type=Shirts", {"A", "C"}),
        ("tag=summer", {"A"}),
        ("tag=sum", set()),
        ("vendor=Loom&product_type=Shirts", {"A"}),
        ("handle=b", {"B"}),
        ("handle=nobody", set()),
        ("vendor=%C3%89clair", {"D"}),
        ("vendor=loom'--", set()),
        ("vendor=%25", set()),
    ],
)
def test_filters_are_exact(client_a: ShopClient, query: str, expected: set[str]) -> None:
    make_product(
        title="A", handle="a", vendor="Loom", product_type="Shirts", tags=["summer", "x,y"]
    )
    make_product(title="B", handle="b", vendor="Loom", product_type="Hats")
    make_product(title="C", handle="c", vendor="Mill", product_type="Shirts")
    make_product(title="D", handle="d", vendor="Éclair")

    assert set(titles(client_a, query)) == expected


def test_the_link_to_the_next_page_keeps_the_filters(client_a: ShopClient) -> None:
    for _ in range(3):
        make_product(vendor="A & B")

    first = client_a.get("products?vendor=A%20%26%20B&limit=2")
    link = first["Link"].partition(">")[0].removeprefix("<")
    second = client_a.get(link).json()

    assert first["Link"].endswith('>; rel="next"')
    assert (len(second["data"]), second["has_more"]) == (1, False)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=2.0",
        "limit=1e1",
        "limit=",
        "limit=%D9%A3",
        "limit=" + "9" * 5000,
        "sort=price",
        "sort=id;drop",
        "sort=",
        "expand=variants.image",
        "expand=vendor",
        "fields=secret",
        "fields=",
        "fields=title,,id",
        "fields=variants",
        "fields=body_html",
        "color=red",
        "status=draft",
        "vendor=a&vendor=b",
        "vendor=%00",
    ],
)
def test_a_parameter_that_is_not_allowed_is_refused(client_a: ShopClient, query: str) -> None:
    response = client_a.get(f"products?{query}")

    assert (response.status_code, response.json()["code"]) == (400, "invalid_parameter")
    assert response.json()["parameter"] == query.partition("=")[0]


def test_a_cursor_is_good_for_its_own_list_only(
    client_a: ShopClient, client_b: ShopClient, shop_b: TestShop
) -> None:
    for _ in range(3):
        make_product(vendor="Loom")
    with use_shop(shop_b):
        make_product()
    cursor = quote(client_a.get("products?limit=1").json()["next_cursor"])

    assert client_a.get(f"products?limit=2&cursor={cursor}").status_code == 200
    for client, query in [
        (client_a, f"sort=title&cursor={cursor}"),
        (client_a, f"vendor=Loom&cursor={cursor}"),
        (client_b, f"cursor={cursor}"),
        (client_a, f"cursor={cursor}x"),
        (client_a, "cursor="),
        (client_a, "cursor=eyJhIjoxfQ"),
        (client_a, "cursor=%F0%9F%98%80"),
    ]:
        response = client.get(f"products?{query}")
        assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor"), query


def test_fields_leaves_out_the_rest(client_a: ShopClient) -> None:
    make_product(title="Tee")

    [item] = client_a.get("products?fields=title,available").json()["data"]

    assert list(item) == ["object", "id", "title", "available"]


def test_variants_are_there_when_they_are_asked_for(client_a: ShopClient) -> None:
    make_product(prices=[100, 200], stock=[5])

    [item] = client_a.get("products?expand=variants").json()["data"]

    assert [one["quantity_available"] for one in item["variants"]] == [5, 0]
    assert item["variants"][0]["option_values"] == [{"name": "Size", "value": "Size 0"}]


@pytest.mark.parametrize("query", ["limit=100", "limit=100&expand=variants", "limit=100&fields=id"])
def test_the_number_of_statements_does_not_grow(client_a: ShopClient, query: str) -> None:
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client_a.get(f"products?{query}").status_code == 200
        return len([one for one in captured if "catalog_" in one["sql"] or "stock" in one["sql"]])

    make_product(prices=[100], images=["https://img.example/a.jpg"], stock=[1])
    with_one = statements()
    for _ in range(49):
        make_product(prices=[100, 200, 300], images=["https://img.example/b.jpg"], stock=[1])

    assert statements() == with_one == 1


def test_one_shop_never_lists_the_goods_of_another(
    client_a: ShopClient, client_b: ShopClient, shop_b: TestShop
) -> None:
    make_product(title="A's own")
    with use_shop(shop_b):
        make_product(title="B's own")

    assert (titles(client_a), titles(client_b)) == (["A's own"], ["B's own"])


def test_an_unchanged_list_is_a_304(client_a: ShopClient) -> None:
    product = make_product(title="Tee")
    etag = client_a.get("products")["ETag"]

    again = client_a.get("products", if_none_match=f'"other", W/{etag}')
    product.title = "Shirt"
    product.save()
    changed = client_a.get("products", if_none_match=etag)

    assert etag.startswith('"')
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert (changed.status_code, changed["ETag"] != etag) == (200, True)


def test_a_page_is_unchanged_as_long_as_its_products_are(
    client_a: ShopClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        make_product()
    etag = client_a.get("products?limit=2")["ETag"]
    later = time.time() + 3600
    monkeypatch.setattr(time, "time", lambda: later)

    assert client_a.get("products?limit=2", if_none_match=etag).status_code == 304


@pytest.mark.parametrize("sort", SORTS)
def test_every_sort_order_walks_an_index(
    client_a: ShopClient, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    for number in range(300):
        make_product(title=f"T{number:03}", prices=[], published_at=NOW + timedelta(seconds=number))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_product")
    cursor_text = quote(client_a.get(f"products?sort={sort}&limit=5").json()["next_cursor"])

    plan = plan_of(monkeypatch, client_a, f"products?sort={sort}&limit=5&cursor={cursor_text}")

    index = "product_newest" if "published" in sort else "product_by_title"
    assert "Sort" not in plan
    assert f"using {index}" in plan
    assert "Index Cond: (ROW(" in plan


@pytest.mark.parametrize(("name", "index"), [("vendor", "vendor"), ("product_type", "type")])
def test_the_products_of_few_are_found_among_many(
    client_a: ShopClient, monkeypatch: pytest.MonkeyPatch, name: str, index: str
) -> None:
    for number in range(300):
        value = "Rare" if number % 100 == 0 else "Usual"
        make_product(prices=[], published_at=NOW + timedelta(seconds=number), **{name: value})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_product")

    plan = plan_of(monkeypatch, client_a, f"products?{name}=Rare")

    assert f"product_newest_of_{index}" in plan


def test_a_list_and_a_page_cost_one_statement_and_one_for_the_tenant(client_a: ShopClient) -> None:
    product = make_product(prices=[100, 200], images=["https://img.example/a.jpg"], stock=[1])

    for path in ("products?limit=24", f"products/{product.public_id}"):
        with CaptureQueriesContext(connection) as captured:
            assert client_a.get(path).status_code == 200
        # The test's own transaction adds savepoints, and Django sets the search path for those.
        tenant, goods = [one["sql"] for one in captured if "SELECT" in one["sql"]]
        assert "public.tenants_domain" in tenant
        assert "catalog_product" in goods


def plan_of(monkeypatch: pytest.MonkeyPatch, client: ShopClient, path: str) -> str:
    """How PostgreSQL answers a request to the product list."""
    ran: list[tuple[str, Any]] = []

    def fetch_one(statement: str, parameters: Any, **options: Any) -> Any:
        ran.append((statement, parameters))
        return fast_sql.fetch_one(statement, parameters, **options)

    monkeypatch.setattr(storefront, "fetch_one", fetch_one)
    assert client.get(path).status_code == 200
    [(statement, parameters)] = ran
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}", parameters)
        return "\n".join(row[0] for row in cursor.fetchall())
