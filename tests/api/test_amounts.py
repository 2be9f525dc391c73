"""F2: amounts and quantities that are none are refused with a code, and nothing is written."""

import pytest

from apps.cart.models import CartLine
from apps.orders.models import Order
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import OpenCart, connect_payments, new_cart

NO_INTEGER = [
    "-1",
    "1e308",
    "1e3",
    "NaN",
    "Infinity",
    "19.999",
    "1.0",
    "9223372036854775808",
    "18446744073709551616",
    "-9223372036854775809",
    '"1e3"',
    '"5"',
    '"\\u0663"',
    '"\\uff15"',
    '""',
    "true",
    "[1]",
    "{}",
    "0x10",
    "01",
    "1_000",
]


@pytest.fixture
def cart(client_a: ShopClient) -> OpenCart:
    connect_payments()
    return new_cart(client_a, (make_variant(price=1999, stock=10), 1))


@pytest.mark.parametrize("value", [*NO_INTEGER, "0", "10000", "null"])
def test_a_quantity_to_add(cart: OpenCart, value: str) -> None:
    variant = make_variant()
    body = f'{{"variant": "{variant.public_id}", "quantity": {value}}}'

    response = cart.client.send("POST", f"carts/{cart.id}/lines", body.encode())

    assert response.status_code == 400
    assert response.json()["code"] in {"invalid_request", "parse_error"}
    assert CartLine.objects.filter(variant=variant).count() == 0


@pytest.mark.parametrize("value", [*NO_INTEGER, "10000", "null"])
def test_a_quantity_to_set(cart: OpenCart, value: str) -> None:
    line = CartLine.objects.get()
    path = f"carts/{cart.id}/lines/{line.public_id}"

    response = cart.client.send("PATCH", path, f'{{"quantity": {value}}}'.encode())

    assert response.status_code == 400
    line.refresh_from_db()
    assert line.quantity == 1


@pytest.mark.parametrize("value", [*NO_INTEGER, "null"])
def test_an_expected_total(cart: OpenCart, value: str) -> None:
    body = f'{{"expected_total": {{"amount": {value}, "currency": "USD"}}}}'

    response = cart.client.send("POST", f"carts/{cart.id}/complete", body.encode())

    assert response.status_code == 400
    assert Order.objects.count() == 0


@pytest.mark.parametrize(
    ("currency", "status", "code"),
    [
        ('"usd"', 422, "unknown_currency"),
        ('"XXX"', 422, "unknown_currency"),
        ('"ＵＳＤ"', 422, "unknown_currency"),
        ('"US"', 400, "invalid_request"),
        ('"USDD"', 400, "invalid_request"),
        ("null", 400, "invalid_request"),
        ("840", 400, "invalid_request"),
        ('"EUR"', 409, "price_changed"),
    ],
)
def test_a_currency(cart: OpenCart, currency: str, status: int, code: str) -> None:
    body = f'{{"expected_total": {{"amount": 2499, "currency": {currency}}}}}'

    response = cart.client.send("POST", f"carts/{cart.id}/complete", body.encode())

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert Order.objects.count() == 0


def test_more_of_one_than_a_cart_holds(cart: OpenCart) -> None:
    variant = make_variant()
    path, body = f"carts/{cart.id}/lines", {"variant": variant.public_id, "quantity": 9999}
    cart.client.post(path, body)

    response = cart.client.post(path, body)

    assert (response.status_code, response.json()["code"]) == (422, "cart_too_large")
    assert CartLine.objects.get(variant=variant).quantity == 9999


@pytest.mark.parametrize(
    "field", ["price", "unit_price", "total", "currency", "status", "tenant", "discount", "id"]
)
def test_nobody_sets_a_price_or_a_status(cart: OpenCart, field: str) -> None:
    """CART-004, A5."""
    variant = make_variant()
    line = CartLine.objects.get()
    for method, path, body in (
        ("POST", "carts", {}),
        ("PATCH", f"carts/{cart.id}", {}),
        ("POST", f"carts/{cart.id}/lines", {"variant": variant.public_id, "quantity": 1}),
        ("PATCH", f"carts/{cart.id}/lines/{line.public_id}", {"quantity": 2}),
        ("POST", f"carts/{cart.id}/complete", {}),
    ):
        response = cart.client.send(method, path, {**body, field: 1})
        assert (response.status_code, response.json()["code"]) == (400, "invalid_request"), path
        assert [one["pointer"] for one in response.json()["errors"]] == [f"/{field}"]
    assert (CartLine.objects.count(), Order.objects.count()) == (1, 0)
