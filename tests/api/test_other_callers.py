"""T1, A1: every operation of the OpenAPI document with someone else's ids, tokens and hosts.

The operations come from the document, so a new one fails here until it says with what to try it.
"""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings

from apps.cart.models import Cart
from apps.orders.models import Order
from apps.payments.models import PaymentIntent
from config.reference.documents import document
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import connect_payments, new_cart
from tests.support.shops import TestShop

_PARAMETER = re.compile(r"\{(\w+)\}")
MARKER = "Zanzibar marker"
PUBLIC = {"get_product"}
# Of signed-in customers: a guest is asked to log in first.
CUSTOMERS_ONLY = {"merge_cart"}
# Not there yet for an order that is not paid, or not refunded, whoever asks.
AFTER_PAYMENT = {
    "get_order_invoice": "invoice_not_found",
    "get_order_invoice_document": "invoice_not_found",
    "get_order_credit_note_document": "credit_note_not_found",
}
# Opened by the order's token alone: a customer's own token says nothing here.
BY_ORDER_TOKEN = {*AFTER_PAYMENT, "list_order_credit_notes"}
BODIES: dict[str, Any] = {
    "update_cart": {"email": "eve@shopper.example"},
    "add_cart_line": {"variant": "{variant_id}", "quantity": 1},
    "set_cart_line_quantity": {"quantity": 3},
    "merge_cart": {},
    "complete_cart": {},
    "start_payment": {},
    "confirm_payment": {"returned": {"any": "thing"}},
    "cancel_order": {},
}


@dataclass(frozen=True)
class Operation:
    """One operation that names an object in its path."""

    name: str
    method: str
    path: str

    def send(self, client: ShopClient, ids: dict[str, str], **headers: str) -> Any:
        """Its answer when it is sent with these ids and headers."""
        path = _PARAMETER.sub(lambda match: ids[match[1]], self.path)
        body = {
            key: ids.get(value[1:-1], value) if isinstance(value, str) else value
            for key, value in BODIES.get(self.name, {}).items()
        }
        return client.send(self.method, path, None if self.method == "GET" else body, **headers)


OPERATIONS = [
    Operation(one["operationId"], method.upper(), path)
    for path, item in document(settings.ROOT_URLCONF)["paths"].items()
    for method, one in item.items()
    if "{" in path and "{provider}" not in path  # whose webhooks a shop takes is no secret
]


@dataclass(frozen=True)
class Owner:
    """Ids of a shopper's things in the first shop, and what opens them."""

    ids: dict[str, str]
    tokens: dict[str, str]


def sign_in(client: ShopClient, email: str) -> str:
    """The Authorization header of a new customer."""
    account = {"email": email, "password": "correct horse"}
    assert client.post("customers", account).status_code == 201
    return f"Bearer {client.post('customers/login', account).json()['token']}"


@pytest.fixture
def owner(client_a: ShopClient) -> Owner:
    """A guest with an open cart and an order, in the first shop."""
    connect_payments()
    variant = make_variant(title=MARKER, stock=10)
    ordered = new_cart(client_a, (variant, 1)).complete().json()
    cart = new_cart(client_a, (variant, 2))
    line = cart.client.get(f"carts/{cart.id}").json()["lines"][0]
    return Owner(
        ids={
            "product_id": variant.product.public_id,
            "variant_id": variant.public_id,
            "cart_id": cart.id,
            "line_id": line["id"],
            "order_id": ordered["id"],
            "payment_id": PaymentIntent.objects.get().public_id,
            "credit_note_id": f"crn_{'0' * 32}",
        },
        tokens={**cart.client.headers, "order_token": ordered["token"]},
    )


def unchanged() -> Any:
    """What may not move: carts with their versions, orders with their states."""
    return (
        list(Cart.objects.order_by("id").values_list("id", "version", "email")),
        list(Order.objects.order_by("id").values_list("id", "status")),
    )


def test_every_operation_says_with_what_to_try_it() -> None:
    written = {one.name for one in OPERATIONS if one.method in {"POST", "PATCH", "PUT"}}

    assert written == set(BODIES)
    assert {one.name for one in OPERATIONS} >= PUBLIC | BY_ORDER_TOKEN


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_its_owner_may(client_a: ShopClient, owner: Owner, operation: Operation) -> None:
    tokens = dict(owner.tokens)
    if operation.name in CUSTOMERS_ONLY:
        tokens["authorization"] = sign_in(client_a, "ann@shopper.example")

    answer = operation.send(client_a, owner.ids, **tokens)

    if operation.name in AFTER_PAYMENT:
        assert answer.json()["code"] == AFTER_PAYMENT[operation.name]
    elif operation.name == "confirm_payment":  # the provider was never told of it
        assert answer.json()["code"] == "payment_not_found"
    elif operation.name == "start_payment":  # nobody plays the provider here
        assert answer.json()["code"] == "provider_unavailable"
    else:
        assert answer.status_code in {200, 201}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_on_another_shops_host_there_is_nothing(
    client_b: ShopClient, owner: Owner, operation: Operation
) -> None:
    before = unchanged()

    answer = operation.send(client_b, owner.ids, **owner.tokens)

    assert answer.status_code == (401 if operation.name in CUSTOMERS_ONLY else 404)
    assert MARKER.encode() not in answer.content
    assert unchanged() == before


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
@pytest.mark.parametrize("who", ["anonymous", "another customer", "the wrong tokens"])
def test_in_the_same_shop_others_find_nothing(
    client_a: ShopClient, owner: Owner, operation: Operation, who: str
) -> None:
    headers = {
        "anonymous": {},
        "another customer": {"authorization": sign_in(client_a, "eve@shopper.example")},
        "the wrong tokens": {
            "cart_token": owner.tokens["order_token"],
            "order_token": owner.tokens["cart_token"],
        },
    }[who]
    before = unchanged()

    answer = operation.send(client_a, owner.ids, **headers)

    expected = 200 if operation.name in PUBLIC else 404
    if operation.name in CUSTOMERS_ONLY and "authorization" not in headers:
        expected = 401
    assert answer.status_code == expected
    assert unchanged() == before


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_a_customers_things_are_that_customers_alone(
    client_a: ShopClient, client_b: ShopClient, shop_b: TestShop, operation: Operation
) -> None:
    connect_payments()
    variant = make_variant(stock=10)
    ann = client_a.with_headers(authorization=sign_in(client_a, "ann@shopper.example"))
    made = ann.post("carts").json()
    path = f"carts/{made['id']}/lines"
    line = ann.post(path, {"variant": variant.public_id}).json()["lines"][0]
    ids = {
        "product_id": variant.product.public_id,
        "variant_id": variant.public_id,
        "cart_id": made["id"],
        "line_id": line["id"],
        "order_id": f"ord_{'0' * 32}",
        "payment_id": f"pay_{'0' * 32}",
        "credit_note_id": f"crn_{'0' * 32}",
    }
    eve = client_a.with_headers(authorization=sign_in(client_a, "eve@shopper.example"))

    assert made["token"] is None
    assert operation.send(eve, ids).status_code == (200 if operation.name in PUBLIC else 404)
    elsewhere = operation.send(client_b, ids, **ann.headers)
    assert elsewhere.status_code == (404 if operation.name in PUBLIC | BY_ORDER_TOKEN else 401)


def test_a_customers_orders_are_listed_to_that_customer_alone(
    client_a: ShopClient, client_b: ShopClient, shop_b: TestShop
) -> None:
    connect_payments()
    ann = client_a.with_headers(authorization=sign_in(client_a, "ann@shopper.example"))
    eve = client_a.with_headers(authorization=sign_in(client_a, "eve@shopper.example"))
    cart = ann.post("carts", {"email": "ann@shopper.example"}).json()
    variant = make_variant(title=MARKER, requires_shipping=False)
    ann.post(f"carts/{cart['id']}/lines", {"variant": variant.public_id})
    order = ann.post(f"carts/{cart['id']}/complete").json()

    assert [one["id"] for one in ann.get("orders").json()["data"]] == [order["id"]]
    assert ann.get(f"orders/{order['id']}").status_code == 200
    assert eve.get("orders").json()["data"] == []
    assert eve.get(f"orders/{order['id']}").status_code == 404
    assert client_a.get("orders").status_code == 401
    assert client_b.get("orders", **ann.headers).status_code == 401


def test_lists_of_another_shop_hold_nothing_of_this_one(client_b: ShopClient, owner: Owner) -> None:
    for path in ("products?expand=variants", "shipping-methods", f"products?vendor={MARKER}"):
        answer = client_b.get(path, **owner.tokens)
        assert answer.status_code == 200
        assert MARKER.encode() not in answer.content
    assert client_b.get("products").json()["data"] == []
