"""T6: the host decides whose shop answers; anything unclear is never another shop's."""

import pytest
from django.conf import settings

from apps.shared.schema import PUBLIC, use_schema
from tenants.models import Tenant
from tenants.states import TenantStatus
from tests.catalog.products import make_product
from tests.support.client import ShopClient
from tests.support.shops import TestShop, use_shop

PLATFORM = settings.PLATFORM_DOMAIN


def set_status(shop: TestShop, status: TenantStatus) -> None:
    """As if the shop had come to this state by itself."""
    with use_schema(PUBLIC):
        Tenant.objects.filter(schema_name=shop.schema).update(status=status)


@pytest.mark.parametrize(
    "spelling",
    [
        "{host}",
        "{host}:8000",
        "{host}:443",
        "{host}.",
        "{host}.:8000",
    ],
)
def test_one_host_however_it_is_spelled(
    client_a: ShopClient, shop_a: TestShop, shop_b: TestShop, spelling: str
) -> None:
    make_product(title="A's own")
    with use_shop(shop_b):
        make_product(title="B's own")

    for host in (shop_a.domain, shop_a.domain.upper(), shop_a.domain.title()):
        response = ShopClient(spelling.format(host=host)).get("products")
        assert [one["title"] for one in response.json()["data"]] == ["A's own"]


@pytest.mark.parametrize(
    "host",
    [
        "nobody.galleria.localhost",
        "example.com",
        "localhost",
        "127.0.0.1:8000",
        "[::1]:8000",
        "{a}.evil.example",
        "evil.example.{a}",
        "x{a}",
        "{a}..",
        "{a}:8000:8000",
        "{a}@evil.example",
        "{a}/products",
        "{a}\r\nX-Injected: 1",
        "{a} ",
        "{a}%00",
        "shop_test_a",
        "public",
        "'; DROP SCHEMA public; --",
        "a" * 300,
        "ﬀ.galleria.localhost",
    ],
)
def test_a_host_of_nobody_is_a_404(client_a: ShopClient, shop_a: TestShop, host: str) -> None:
    stranger = ShopClient(host.format(a=shop_a.domain))

    for path in ("products", "/", "/api/v1/openapi.json", "/static/reference/page.js"):
        response = stranger.get(path)
        assert (response.status_code, response.json()["code"]) == (404, "unknown_host"), path
        assert response["Content-Type"] == "application/problem+json"
        assert response.json()["request_id"] == response["Request-Id"]
        assert "X-Injected" not in response


@pytest.mark.parametrize("name", ["x_forwarded_host", "x_host", "forwarded", "x_original_host"])
def test_no_other_header_names_the_shop(client_a: ShopClient, shop_b: TestShop, name: str) -> None:
    make_product(title="A's own")
    value = f"host={shop_b.domain}" if name == "forwarded" else shop_b.domain

    response = client_a.get("products", **{name: value})

    assert [one["title"] for one in response.json()["data"]] == ["A's own"]


def test_the_platform_has_no_shop_routes(shop_a: TestShop) -> None:
    for path in ("products", "customers", "carts", f"products/prd_{'0' * 32}"):
        response = ShopClient(PLATFORM).get(path)
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_a_suspended_shop_says_so_on_every_route(client_a: ShopClient, shop_a: TestShop) -> None:
    set_status(shop_a, TenantStatus.SUSPENDED)

    for method, path in (("GET", "products"), ("POST", "customers"), ("GET", "nothing")):
        response = client_a.send(method, path, {})
        assert (response.status_code, response.json()["code"]) == (403, "tenant_suspended")


@pytest.mark.parametrize("status", [TenantStatus.PROVISIONING, TenantStatus.ARCHIVED])
def test_a_shop_that_is_not_there_yet_or_any_more_is_a_404(
    client_a: ShopClient, shop_a: TestShop, status: TenantStatus
) -> None:
    set_status(shop_a, status)

    response = client_a.get("products")

    assert (response.status_code, response.json()["code"]) == (404, "unknown_host")


def test_a_suspension_leaves_the_other_shops_alone(
    client_a: ShopClient, client_b: ShopClient, shop_a: TestShop
) -> None:
    set_status(shop_a, TenantStatus.SUSPENDED)

    assert (client_a.get("products").status_code, client_b.get("products").status_code) == (
        403,
        200,
    )
