"""A shopper calls off an order that is not paid."""

import pytest

from apps.orders.models import Order
from tests.inventory.stock import figures
from tests.orders.placing import paid, place
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import connect_payments, new_cart


@pytest.fixture
def placed(client_a: ShopClient) -> dict[str, str]:
    connect_payments()
    return new_cart(client_a, (make_variant(stock=5), 2)).complete().json()  # type: ignore[no-any-return]


def test_the_bearer_of_the_token_cancels(client_a: ShopClient, placed: dict[str, str]) -> None:
    path = f"orders/{placed['id']}/cancel"

    answer = client_a.post(path, order_token=placed["token"], idempotency_key="k")
    again = client_a.post(path, order_token=placed["token"], idempotency_key="k")
    anew = client_a.post(path, order_token=placed["token"])

    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert (again.content, again["Idempotent-Replayed"]) == (answer.content, "true")
    assert (anew.status_code, anew.json()["code"]) == (409, "invalid_transition")
    order = Order.objects.get()
    assert order.transitions.latest("id").reason == "cancelled by the shopper"


def test_a_key_is_welcome_and_not_needed(client_a: ShopClient, placed: dict[str, str]) -> None:
    path = f"orders/{placed['id']}/cancel"
    assert client_a.post(path, order_token=placed["token"], idempotency_key="").status_code == 200


def test_a_customer_cancels_their_own_order_only(client_a: ShopClient) -> None:
    """T1: another customer, an anonymous caller: no such order."""
    variant = make_variant(stock=9)
    order = place((variant, 2))
    tokens = {}
    for name in ("ada", "eve"):
        body = {"email": f"{name}@shopper.example", "password": "correct horse battery staple"}
        made = client_a.post("customers", body)
        assert made.status_code == 201, made.content
        login = client_a.post("customers/login", body).json()
        tokens[name] = f"Bearer {login['token']}"
    me = client_a.get("customers/me", authorization=tokens["ada"]).json()
    Order.objects.update(customer_id=me["id"].removeprefix("cus_"))
    path = f"orders/{order.public_id}/cancel"

    for headers in ({}, {"authorization": tokens["eve"]}, {"order_token": "x"}):
        stranger = client_a.post(path, **headers)
        assert (stranger.status_code, stranger.json()["code"]) == (404, "order_not_found")
    assert figures(variant) == (9, 2, 7)
    answer = client_a.post(path, authorization=tokens["ada"])

    assert answer.json()["status"] == "cancelled"
    assert order.transitions.latest("id").actor == f"customer:{me['id']}"
    assert figures(variant) == (9, 0, 9)


def test_another_shop_knows_nothing_of_it(client_b: ShopClient, placed: dict[str, str]) -> None:
    answer = client_b.post(f"orders/{placed['id']}/cancel", order_token=placed["token"])
    assert (answer.status_code, answer.json()["code"]) == (404, "order_not_found")


def test_a_paid_order_is_not_cancelled_by_the_shopper(client_a: ShopClient) -> None:
    from apps.shared.api.tokens import access_token

    order = paid((make_variant(stock=5), 1))
    answer = client_a.post(
        f"orders/{order.public_id}/cancel", order_token=access_token("order", order.pk)
    )

    assert answer.status_code == 409
    assert {name: answer.json()[name] for name in ("code", "source", "target")} == {
        "code": "invalid_transition",
        "source": "paid",
        "target": "cancelled",
    }


def test_nothing_may_be_sent_along(client_a: ShopClient, placed: dict[str, str]) -> None:
    """A5."""
    path = f"orders/{placed['id']}/cancel"
    answer = client_a.post(path, {"status": "paid"}, order_token=placed["token"])
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
