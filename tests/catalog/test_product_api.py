"""GET /api/v1/products/{id}."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.catalog.models import ProductImage
from apps.catalog.states import InventoryPolicy, ProductStatus
from apps.inventory.models import StockItem
from apps.shared.ids import new_id, public_id
from tests.catalog.products import make_product, receive
from tests.support.client import ShopClient
from tests.support.shops import TestShop, use_shop


def test_a_product_is_shown_whole(client_a: ShopClient) -> None:
    product = make_product(
        prices=[1999, 2999],
        compare_at=[2499],
        stock=[2],
        images=["https://img.example/front.jpg", "https://img.example/back.jpg"],
        body_html="<p>Soft.</p>",
        seo_title="Soft tee",
        seo_description="The softest.",
    )
    variant = product.variants.get(position=2)
    variant.image = ProductImage.objects.get(src="https://img.example/back.jpg")
    variant.save()

    body = client_a.get(f"products/{product.public_id}").json()

    assert body["body_html"] == "<p>Soft.</p>"
    assert body["seo"] == {"title": "Soft tee", "description": "The softest."}
    assert body["options"] == [{"name": "Size", "values": ["Size 0", "Size 1"]}]
    assert [one["src"] for one in body["images"]] == [
        "https://img.example/front.jpg",
        "https://img.example/back.jpg",
    ]
    first, second = body["variants"]
    assert first["price"] == {"amount": 1999, "currency": "USD", "display": "19.99 USD"}
    assert first["compare_at_price"]["amount"] == 2499
    assert (first["available"], first["quantity_available"], first["image"]) == (True, 2, None)
    assert (second["available"], second["quantity_available"]) == (False, 0)
    assert second["image"]["src"] == "https://img.example/back.jpg"
    assert second["compare_at_price"] is None


@pytest.mark.parametrize("status", [ProductStatus.DRAFT, ProductStatus.ARCHIVED])
def test_what_is_not_for_sale_is_not_there(client_a: ShopClient, status: ProductStatus) -> None:
    product = make_product(status=status)

    response = client_a.get(f"products/{product.public_id}")

    assert (response.status_code, response.json()["code"]) == (404, "product_not_found")


def test_a_product_of_another_shop_is_not_there(
    client_a: ShopClient, client_b: ShopClient, shop_b: TestShop
) -> None:
    with use_shop(shop_b):
        product = make_product()

    there = client_b.get(f"products/{product.public_id}")
    here = client_a.get(f"products/{product.public_id}")

    assert there.status_code == 200
    assert (here.status_code, here.json()["code"]) == (404, "product_not_found")


@pytest.mark.parametrize(
    "text",
    [
        "prd_",
        "prd_123",
        "prd_" + "G" * 32,
        "var_" + "0" * 32,
        "00000000-0000-0000-0000-000000000000",
        "prd_" + "0" * 33,
        "prd_" + "0" * 32 + "/",
    ],
)
def test_what_is_no_product_id_is_no_address(client_a: ShopClient, text: str) -> None:
    response = client_a.get(f"products/{text}")

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_an_unknown_id_is_a_404(client_a: ShopClient) -> None:
    response = client_a.get(f"products/{public_id('prd', new_id())}")

    assert (response.status_code, response.json()["code"]) == (404, "product_not_found")


def test_an_unchanged_product_is_a_304_until_its_stock_changes(client_a: ShopClient) -> None:
    product = make_product(stock=[1])
    path = f"products/{product.public_id}"
    etag = client_a.get(path)["ETag"]

    same = client_a.get(path, if_none_match=etag)
    anything = client_a.get(path, if_none_match="*")
    receive(product.variants.get().pk, 1)
    changed = client_a.get(path, if_none_match=etag)

    assert (same.status_code, same.content) == (304, b"")
    assert anything.status_code == 304
    assert changed.status_code == 200
    assert changed.json()["variants"][0]["quantity_available"] == 2


def test_backorders_count_as_available(client_a: ShopClient) -> None:
    product = make_product(stock=[1])
    variant = product.variants.get()
    variant.inventory_policy = InventoryPolicy.CONTINUE
    variant.save()
    StockItem.objects.filter(variant=variant).update(backorder_limit=5)

    [shown] = client_a.get(f"products/{product.public_id}").json()["variants"]

    assert (shown["available"], shown["quantity_available"]) == (True, 6)


def test_fields_are_an_allow_list(client_a: ShopClient) -> None:
    product = make_product()

    some = client_a.get(f"products/{product.public_id}?fields=variants,seo").json()
    refused = client_a.get(f"products/{product.public_id}?fields=metadata")

    assert set(some) == {"object", "id", "variants", "seo"}
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_parameter")


def test_the_number_of_statements_does_not_grow_with_variants(client_a: ShopClient) -> None:
    def statements(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client_a.get(path).status_code == 200
        return len([one for one in captured if "catalog_" in one["sql"] or "stock" in one["sql"]])

    small = make_product(prices=[1], stock=[1])
    large = make_product(
        prices=list(range(50)), images=[f"https://img.example/{n}.jpg" for n in range(50)]
    )

    counts = [statements(f"products/{one.public_id}") for one in (small, large)]

    assert counts == [1, 1]


def test_head_answers_the_headers_alone(client_a: ShopClient) -> None:
    product = make_product()
    path = f"products/{product.public_id}"

    head = client_a.send("HEAD", path)

    assert (head.status_code, head.content) == (200, b"")
    assert head["ETag"] == client_a.get(path)["ETag"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_the_catalogue_takes_no_writes(client_a: ShopClient, method: str) -> None:
    product = make_product(title="Tee")

    for path in ("products", f"products/{product.public_id}"):
        response = client_a.send(method, path, {"title": "Mine", "price": 1})
        assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
        assert "GET" in response["Allow"]
    product.refresh_from_db()
    assert product.title == "Tee"
