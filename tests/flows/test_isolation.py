"""Two shops side by side on the same processes: nothing of one is found on the other's host."""

from collections.abc import Callable

import pytest

from tests.support.goods import make_variant
from tests.support.live_shops import LiveShop
from tests.support.platform import RunningPlatform
from tests.support.shopper import fill_cart, place_order
from tests.support.shops import use_shop

pytestmark = pytest.mark.xdist_group("processes")


@pytest.fixture
def other_shop(make_shop: Callable[[], LiveShop]) -> LiveShop:
    return make_shop()


def test_a_product_is_found_on_its_own_host_only(shop: LiveShop, other_shop: LiveShop) -> None:
    path = f"products/{make_variant().product.public_id}"

    assert shop.storefront.get(path).status_code == 200
    stranger = other_shop.storefront.get(path)
    assert (stranger.status_code, stranger.code) == (404, "product_not_found")
    assert other_shop.storefront.get("products").json()["data"] == []


def test_goods_of_another_shop_cannot_be_put_in_a_cart(
    shop: LiveShop, other_shop: LiveShop
) -> None:
    foreign = make_variant()
    with use_shop(other_shop):
        cart = fill_cart(other_shop, (make_variant(), 1))

    answer = cart.client.post(
        f"carts/{cart.id}/lines", {"variant": foreign.public_id, "quantity": 1}
    )

    assert (answer.status_code, answer.code) == (404, "variant_not_found")


def test_a_cart_and_its_token_open_nothing_on_another_host(
    shop: LiveShop, other_shop: LiveShop
) -> None:
    cart = fill_cart(shop, (make_variant(), 1))
    with use_shop(other_shop):
        theirs = fill_cart(other_shop, (make_variant(), 1))
    elsewhere = other_shop.storefront.with_headers(**cart.client.headers)

    for answer in (
        elsewhere.get(f"carts/{cart.id}"),
        elsewhere.patch(f"carts/{cart.id}", {"email": "eve@shopper.example"}),
        elsewhere.post(f"carts/{cart.id}/complete"),
        elsewhere.get(f"carts/{theirs.id}"),
    ):
        assert (answer.status_code, answer.code) == (404, "cart_not_found")


def test_an_order_and_its_token_open_nothing_on_another_host(
    shop: LiveShop, other_shop: LiveShop
) -> None:
    order = place_order(shop, (make_variant(), 1))
    with use_shop(other_shop):
        theirs = place_order(other_shop, (make_variant(), 1))
    elsewhere = other_shop.storefront.with_headers(**order.client.headers)

    for answer in (
        elsewhere.get(f"orders/{order.id}"),
        elsewhere.get(f"orders/{order.id}/payments"),
        elsewhere.post(f"orders/{order.id}/payments"),
        elsewhere.get(f"orders/{order.id}/invoice"),
        elsewhere.get(f"orders/{theirs.id}"),
    ):
        assert answer.status_code == 404, answer.content
        assert answer.code in ("order_not_found", "invoice_not_found")


def test_one_key_in_two_shops_is_two_requests(shop: LiveShop, other_shop: LiveShop) -> None:
    """I4, IDEM-006."""
    mine = fill_cart(shop, (make_variant(), 1)).complete(idempotency_key="same")
    with use_shop(other_shop):
        theirs = fill_cart(other_shop, (make_variant(), 1)).complete(idempotency_key="same")

    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["id"] != theirs.json()["id"]


@pytest.mark.parametrize("path", ["/api/v1/products", "/", "/admin/", "/api/v1/webhooks/stripe"])
def test_an_unknown_host_is_a_problem(platform: RunningPlatform, path: str) -> None:
    """T6."""
    answer = platform.storefront("nobody.galleria.localhost").get(path)

    assert (answer.status_code, answer.code) == (404, "unknown_host")


def test_a_host_is_known_in_any_spelling(shop: LiveShop) -> None:
    """T6: other case, trailing dot, without the port; never by X-Forwarded-Host."""
    platform = shop.platform
    for host in (shop.domain.upper(), f"{shop.domain}."):
        assert platform.storefront(host).get("products").status_code == 200
    forwarded = platform.storefront("nobody.galleria.localhost").get(
        "products", x_forwarded_host=shop.domain
    )
    assert (forwarded.status_code, forwarded.code) == (404, "unknown_host")


def test_shop_routes_are_not_on_the_platforms_host(platform: RunningPlatform) -> None:
    answer = platform.storefront("galleria.localhost").get("products")

    assert (answer.status_code, answer.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nothing-here", 404),
        ("GET", "products/", 404),
        ("GET", "products/prd_0", 404),
        ("DELETE", "products", 405),
        ("POST", "carts", 400),
        ("GET", "orders", 401),
    ],
)
def test_whatever_goes_wrong_is_a_problem(
    shop: LiveShop, method: str, path: str, status: int
) -> None:
    """The client refuses an error that is not problem+json with code and request id."""
    answer = shop.storefront.send(method, path, b"{" if method == "POST" else None, {})

    assert answer.status_code == status


def test_another_media_type_is_a_problem(shop: LiveShop) -> None:
    answer = shop.storefront.post("carts", b"<cart/>", content_type="application/xml")

    assert answer.status_code == 415
