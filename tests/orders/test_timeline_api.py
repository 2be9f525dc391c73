"""An order's story, as told to who bought."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.inventory.dto import LineQuantity
from apps.orders import services as orders
from apps.orders.models import Order
from apps.refunds.dto import WantedLine
from apps.shared import clock, context
from apps.shared.api.tokens import access_token
from tests.refunds.orders import FakeStripe, line_id, paid_order, refunded, tell
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import connect_payments, new_cart
from tests.support.shops import TestShop

STAFF = "staff:boss@shop.example"


@pytest.fixture
def order(shop_a: TestShop, stripe: FakeStripe) -> Order:
    """Two pieces at 10.00, shipping 5.00; paid."""
    connect_payments()
    return paid_order(shop_a, (make_variant(price=1000), 2))


def story(client: ShopClient, order: Order) -> list[dict[str, Any]]:
    token = access_token("order", order.pk)
    answer = client.get(f"orders/{order.public_id}/timeline", order_token=token)
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def ship(order: Order, quantity: int, tracking: str) -> None:
    orders.ship_order(
        order_id=order.pk,
        lines=[LineQuantity(line_id(order), quantity)],
        carrier="DHL",
        tracking_number=tracking,
        now=clock.now(),
    )


def test_from_the_cart_to_the_door_and_some_money_back(
    client_a: ShopClient, order: Order, stripe: FakeStripe
) -> None:
    with context.acting(as_actor=STAFF):
        orders.pack_order(order_id=order.pk, now=clock.now())
        ship(order, 1, "JD-1")
        ship(order, 1, "JD-2")
        orders.deliver_order(order_id=order.pk, now=clock.now())
    refunded(order, lines=(WantedLine(order_line_id=line_id(order), quantity=1),))

    told = story(client_a, order)

    assert {one["kind"] for one in told} == {
        *("placed", "paid", "packed", "parcel_sent", "shipped", "delivered", "refunded")
    }
    assert [one["parcel"]["tracking_number"] for one in told if one["parcel"]] == ["JD-1", "JD-2"]
    [line] = client_a.get(
        f"orders/{order.public_id}", order_token=access_token("order", order.pk)
    ).json()["lines"]
    parcel = next(one for one in told if one["kind"] == "parcel_sent")
    assert parcel["parcel"]["goods"] == [{"line": line["id"], "quantity": 1}]
    assert (parcel["by"], parcel["parcel"]["carrier"]) == ("shop", "DHL")
    [back] = [one for one in told if one["kind"] == "refunded"]
    assert back["amount"] == {"amount": 1000, "currency": "USD", "display": "10.00 USD"}
    assert [one["at"] for one in told] == sorted(one["at"] for one in told)


def test_nobodys_name_and_no_reason_is_told(client_a: ShopClient, order: Order) -> None:
    with context.acting(as_actor=STAFF):
        orders.pack_order(order_id=order.pk, now=clock.now())
        refunded(order, by=STAFF, other_amount=100, note="a difficult customer")

    told = story(client_a, order)

    text = json.dumps(told)
    assert "boss" not in text
    assert "difficult" not in text
    assert [one["by"] for one in told if one["kind"] == "packed"] == ["shop"]


def test_what_the_customer_did_and_what_came_by_itself(client_a: ShopClient) -> None:
    connect_payments()
    cancelled, expired = (new_cart(client_a, (make_variant(), 1)).complete().json() for _ in "12")
    client_a.post(f"orders/{cancelled['id']}/cancel", order_token=cancelled["token"])
    late = Order.objects.get(number=expired["number"])
    Order.objects.filter(pk=late.pk).update(expires_at=late.placed_at)
    orders.expire_order(order_id=late.pk, now=clock.now())

    of_cancelled = story(client_a, Order.objects.get(number=cancelled["number"]))
    of_expired = story(client_a, late)

    assert [(one["kind"], one["by"]) for one in of_cancelled] == [
        ("placed", "customer"),
        ("cancelled", "customer"),
    ]
    assert [(one["kind"], one["by"]) for one in of_expired] == [
        ("placed", "customer"),
        ("expired", "system"),
    ]


def test_a_refund_that_came_back_is_not_told(
    client_a: ShopClient, order: Order, stripe: FakeStripe
) -> None:
    """R4: the customer has not got it."""
    refund = refunded(order, other_amount=100)
    assert refund.provider_reference is not None
    tell(
        order,
        "failed",
        100,
        provider_reference=refund.provider_reference,
        refund_id=refund.pk,
    )

    assert "refunded" not in {one["kind"] for one in story(client_a, order)}


def test_a_long_story_takes_as_many_statements(client_a: ShopClient, order: Order) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            story(client_a, order)
        return len(captured)

    orders.pack_order(order_id=order.pk, now=clock.now())
    ship(order, 1, "JD-1")
    short = statements()
    ship(order, 1, "JD-2")
    for _ in range(3):
        refunded(order, other_amount=1)

    assert statements() == short
