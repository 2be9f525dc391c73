"""Carts over the API."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.cart.models import Cart, CartLine
from apps.catalog.models import Variant
from apps.catalog.states import ProductStatus
from apps.customers.models import Customer
from apps.shared.api.tokens import access_token
from tests.support.client import ShopClient
from tests.support.goods import flat_rate, make_variant
from tests.support.shopping import ADDRESS, OpenCart, connect_payments, new_cart


def lines_of(cart: OpenCart) -> list[tuple[str, int]]:
    body = cart.client.get(f"carts/{cart.id}").json()
    return [(line["sku"], line["quantity"]) for line in body["lines"]]


def test_a_new_cart_is_empty_and_tells_its_token_once(client_a: ShopClient) -> None:
    made = client_a.post("carts", {"email": "ada@shopper.example", "metadata": {"source": "app"}})

    body = made.json()
    assert made.status_code == 201
    assert made["ETag"] == '"1"'
    assert (body["object"], body["lines"], body["completed"]) == ("cart", [], False)
    assert body["totals"]["total"] == {"amount": 0, "currency": "USD", "display": "0.00 USD"}
    assert body["metadata"] == {"source": "app"}
    again = client_a.get(f"carts/{body['id']}", cart_token=body["token"])
    assert again.json() == {key: value for key, value in body.items() if key != "token"}


def test_the_same_variant_adds_up_in_one_line(client_a: ShopClient) -> None:
    variant = make_variant(price=1999)
    cart = new_cart(client_a, (variant, 1), (variant, 2))

    assert lines_of(cart) == [(variant.sku, 3)]
    totals = cart.client.get(f"carts/{cart.id}").json()["totals"]
    assert (totals["subtotal"]["amount"], totals["total"]["amount"]) == (5997, 6497)


def test_a_quantity_can_be_set_and_a_line_taken_out(client_a: ShopClient) -> None:
    shirt, hat = make_variant(), make_variant()
    cart = new_cart(client_a, (shirt, 1), (hat, 1))
    first, second = cart.client.get(f"carts/{cart.id}").json()["lines"]

    cart.client.patch(f"carts/{cart.id}/lines/{first['id']}", {"quantity": 7})
    assert lines_of(cart) == [(shirt.sku, 7), (hat.sku, 1)]
    cart.client.delete(f"carts/{cart.id}/lines/{second['id']}")
    assert lines_of(cart) == [(shirt.sku, 7)]
    cart.client.patch(f"carts/{cart.id}/lines/{first['id']}", {"quantity": 0})
    assert lines_of(cart) == []
    gone = cart.client.delete(f"carts/{cart.id}/lines/{first['id']}")
    assert (gone.status_code, gone.json()["code"]) == (404, "cart_line_not_found")


def test_a_cart_opens_to_nobody_else(client_a: ShopClient, client_b: ShopClient) -> None:
    """CART-005."""
    cart = new_cart(client_a, (make_variant(), 1))
    token = cart.client.headers["cart_token"]
    path = f"carts/{cart.id}"
    line = {"variant": make_variant().public_id}

    for stranger in (
        client_a.get(path),
        client_a.get(path, cart_token="0" * 64),
        client_a.get(path, cart_token=token[:-1]),
        client_b.get(path, cart_token=token),
        client_a.patch(path, {"email": "eve@shopper.example"}),
        client_a.post(f"{path}/lines", line, cart_token="x"),
        client_b.post(f"{path}/complete", {}, cart_token=token),
    ):
        assert (stranger.status_code, stranger.json()["code"]) == (404, "cart_not_found")
    assert Cart.objects.get().email == "ada@shopper.example"


def test_a_customers_cart_does_not_open_with_a_token(client_a: ShopClient) -> None:
    """CART-005: only the customer."""
    customer = Customer.objects.create(email="c@shopper.example", password="!")
    cart = new_cart(client_a)
    Cart.objects.update(customer=customer)

    answer = cart.client.get(f"carts/{cart.id}")

    assert (answer.status_code, answer.json()["code"]) == (404, "cart_not_found")


def test_a_completed_cart_accepts_nothing(client_a: ShopClient) -> None:
    """CART-001."""
    connect_payments()
    variant = make_variant()
    cart = new_cart(client_a, (variant, 1))
    line = cart.client.get(f"carts/{cart.id}").json()["lines"][0]["id"]
    assert cart.complete().status_code == 201

    for answer in (
        cart.client.patch(f"carts/{cart.id}", {"email": "new@shopper.example"}),
        cart.client.post(f"carts/{cart.id}/lines", {"variant": variant.public_id}),
        cart.client.patch(f"carts/{cart.id}/lines/{line}", {"quantity": 2}),
        cart.client.delete(f"carts/{cart.id}/lines/{line}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "cart_completed")
    assert cart.client.get(f"carts/{cart.id}").json()["completed"] is True
    assert lines_of(cart) == [(variant.sku, 1)]


def test_the_database_keeps_a_completed_cart_as_it_is(client_a: ShopClient) -> None:
    """CART-003: whoever tries, and however."""
    connect_payments()
    cart = new_cart(client_a, (make_variant(), 1))
    cart.complete()

    def tries() -> list[Any]:
        other = make_variant()
        return [
            lambda: Cart.objects.update(email="x@y.example"),
            lambda: Cart.objects.update(completed_at=None),
            lambda: CartLine.objects.update(quantity=5),
            lambda: CartLine.objects.all().delete(),
            lambda: CartLine.objects.create(
                cart=Cart.objects.get(), variant=other, quantity=1, unit_price_amount=1
            ),
        ]

    for attempt in tries():
        with pytest.raises(IntegrityError, match="is completed"), transaction.atomic():
            attempt()


def test_a_client_never_sends_a_price(client_a: ShopClient) -> None:
    """CART-004, A5."""
    variant = make_variant(price=1999)
    cart = new_cart(client_a)
    for field in ("price", "unit_price", "unit_price_amount", "total", "is_staff", "tenant"):
        answer = cart.client.post(
            f"carts/{cart.id}/lines", {"variant": variant.public_id, field: 1}
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
        [error] = answer.json()["errors"]
        assert (error["pointer"], error["code"]) == (f"/{field}", "unknown_field")
    assert lines_of(cart) == []


@pytest.mark.parametrize(
    "quantity", [0, -1, 10_000, 2**63, 1.0, 1.5, "1", "1e3", "٣", True, None, [], 1e308]
)
def test_a_quantity_is_a_small_positive_integer(client_a: ShopClient, quantity: object) -> None:
    """F2."""
    cart = new_cart(client_a)
    line = {"variant": make_variant().public_id, "quantity": quantity}

    answer = cart.client.post(f"carts/{cart.id}/lines", line)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.json()["errors"][0]["pointer"] == "/quantity"
    assert lines_of(cart) == []


def test_a_cart_has_bounds(client_a: ShopClient) -> None:
    variant = make_variant()
    cart = new_cart(client_a, (variant, 9_999))

    answer = cart.client.post(f"carts/{cart.id}/lines", {"variant": variant.public_id})

    assert (answer.status_code, answer.json()["code"]) == (422, "cart_too_large")
    assert lines_of(cart) == [(variant.sku, 9_999)]


@pytest.mark.parametrize("status", [ProductStatus.DRAFT, ProductStatus.ARCHIVED])
def test_only_what_is_for_sale_goes_in(client_a: ShopClient, status: ProductStatus) -> None:
    cart = new_cart(client_a)
    hidden = make_variant(status=status)

    answer = cart.client.post(f"carts/{cart.id}/lines", {"variant": hidden.public_id})

    assert (answer.status_code, answer.json()["code"]) == (404, "variant_not_found")


def test_another_shops_variant_is_unknown(client_a: ShopClient, client_b: ShopClient) -> None:
    variant = make_variant()
    made = client_b.post("carts").json()

    answer = client_b.post(
        f"carts/{made['id']}/lines", {"variant": variant.public_id}, cart_token=made["token"]
    )

    assert (answer.status_code, answer.json()["code"]) == (404, "variant_not_found")


def test_null_clears_and_absent_leaves_alone(client_a: ShopClient) -> None:
    cart = new_cart(client_a)
    cart.client.patch(f"carts/{cart.id}", {"billing_address": ADDRESS})

    left = cart.client.patch(f"carts/{cart.id}", {"metadata": {"a": "b"}}).json()
    cleared = cart.client.patch(f"carts/{cart.id}", {"billing_address": None}).json()

    assert (left["billing_address"], left["email"]) == (ADDRESS, "ada@shopper.example")
    assert (cleared["billing_address"], cleared["metadata"]) == (None, {"a": "b"})


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"email": "no address"}, "/email"),
        ({"email": "a@b.example\r\nBcc: all@b.example"}, "/email"),
        ({"shipping_address": {"name": "A"}}, "/shipping_address/line1"),
        ({"shipping_address": {**ADDRESS, "country": "gb"}}, "/shipping_address/country"),
        ({"shipping_address": {**ADDRESS, "city": "X\nY"}}, "/shipping_address/city"),
        ({"shipping_address": {**ADDRESS, "planet": "Earth"}}, "/shipping_address/planet"),
        ({"shipping_method": "standard"}, "/shipping_method"),
        ({"metadata": {f"k{n}": "v" for n in range(51)}}, "/metadata"),
        ({"metadata": {"k": 5}}, "/metadata/k"),
    ],
)
def test_a_change_that_is_not_understood_names_the_field(
    client_a: ShopClient, change: dict[str, Any], pointer: str
) -> None:
    cart = new_cart(client_a)
    before = cart.client.get(f"carts/{cart.id}").content

    answer = cart.client.patch(f"carts/{cart.id}", change)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert cart.client.get(f"carts/{cart.id}").content == before


def test_an_unknown_shipping_method_is_refused(client_a: ShopClient) -> None:
    cart = new_cart(client_a)
    gone = flat_rate()
    type(gone).objects.update(is_active=False)

    answer = cart.client.patch(f"carts/{cart.id}", {"shipping_method": gone.public_id})

    assert (answer.status_code, answer.json()["code"]) == (404, "shipping_method_not_found")


def test_if_match_keeps_two_tabs_apart(client_a: ShopClient) -> None:
    cart = new_cart(client_a)
    seen = cart.client.get(f"carts/{cart.id}")["ETag"]
    line = {"variant": make_variant().public_id}

    first = cart.client.post(f"carts/{cart.id}/lines", line, if_match=seen)
    second = cart.client.post(f"carts/{cart.id}/lines", line, if_match=seen)

    assert first.status_code == 201
    assert (second.status_code, second.json()["code"]) == (412, "stale_etag")
    assert second.json()["current_etag"] == first["ETag"]
    unchanged = cart.client.get(f"carts/{cart.id}", if_none_match=first["ETag"])
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    odd = cart.client.post(f"carts/{cart.id}/lines", line, if_match="W/x")
    assert (odd.status_code, odd.json()["code"]) == (400, "invalid_if_match")


def test_a_price_that_moved_is_shown(client_a: ShopClient) -> None:
    """CART-008: the cart shows today's price and what it was."""
    cart = new_cart(client_a, (make_variant(price=1000), 1))
    Variant.objects.update(price_amount=900)

    [line] = cart.client.get(f"carts/{cart.id}").json()["lines"]

    assert (line["unit_price"]["amount"], line["previous_unit_price"]["amount"]) == (900, 1000)


@pytest.mark.parametrize("method", ["get", "post", "patch"])
def test_statements_do_not_grow_with_lines(client_a: ShopClient, method: str) -> None:
    """CART-007: the same number with 1 and with 50 lines."""

    def statements(count: int) -> int:
        cart = new_cart(client_a)
        variants = [make_variant(stock=0) for _ in range(count)]
        stored = Cart.objects.order_by("-id")[0]
        CartLine.objects.bulk_create(
            CartLine(cart=stored, variant=one, quantity=1, unit_price_amount=one.price_amount)
            for one in variants
        )
        another = make_variant(stock=0).public_id
        with CaptureQueriesContext(connection) as captured:
            answer = {
                "get": lambda: cart.client.get(f"carts/{cart.id}"),
                "post": lambda: cart.client.post(
                    f"carts/{cart.id}/lines", {"variant": another}, idempotency_key=""
                ),
                "patch": lambda: cart.client.patch(
                    f"carts/{cart.id}", {"metadata": {}}, idempotency_key=""
                ),
            }[method]()
        assert answer.status_code in (200, 201)
        assert len(answer.json()["lines"]) == count + (method == "post")
        return len(captured)

    assert statements(1) == statements(50)


def test_tokens_belong_to_one_purpose_and_shop(client_a: ShopClient) -> None:
    cart = new_cart(client_a)
    stored = Cart.objects.get()

    assert cart.client.headers["cart_token"] == access_token("cart", stored.pk)
    assert access_token("order", stored.pk) != access_token("cart", stored.pk)
