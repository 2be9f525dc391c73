"""The order's machines, step by step from the table of 02-domain (ORDER-002, ORDER-003)."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.orders.models import Order, OrderTransition
from apps.orders.states import (
    FULFILLMENT,
    ORDER,
    PAYMENT,
    Closed,
    FulfillmentStatus,
    OrderStatus,
    PaymentStatus,
    derived_status,
)
from apps.shared.ids import new_id
from apps.shared.states import InvalidTransition
from tests.support.shops import TestShop

NOW = datetime(2026, 1, 2, tzinfo=UTC)

# The specification's table, written down a second time on purpose.
TABLE = {
    "pending": {"awaiting_payment", "paid", "failed", "cancelled"},
    "awaiting_payment": {"paid", "failed", "cancelled"},
    "paid": {"packed", "fulfilled", "cancelled", "partially_refunded", "refunded"},
    "packed": {"shipped", "cancelled", "partially_refunded", "refunded"},
    "shipped": {"delivered", "fulfilled", "partially_refunded", "refunded"},
    "delivered": {"partially_refunded", "refunded"},
    "fulfilled": {"partially_refunded", "refunded"},
    "partially_refunded": {"refunded"},
    "refunded": set(),
    "cancelled": set(),
    "failed": set(),
}


def make_order(**fields: object) -> Order:
    paid = fields.get("payment_status") in ("paid", "partially_refunded", "refunded")
    status = derived_status(
        str(fields.get("payment_status", "unpaid")),
        str(fields.get("fulfillment_status", "unfulfilled")),
        str(fields.get("closed", "")),
    )
    return Order.objects.create(
        number=new_id().hex[-12:],
        cart_id=new_id(),
        email="a@b.example",
        currency="USD",
        subtotal_amount=100,
        shipping_amount=0,
        tax_amount=0,
        total_amount=100,
        placed_at=NOW,
        expires_at=NOW + timedelta(hours=1),
        paid_at=NOW if paid else None,
        status=status,
        **fields,
    )


@pytest.mark.parametrize("source", OrderStatus.values)
@pytest.mark.parametrize("target", OrderStatus.values)
def test_every_step_is_as_the_table_says(source: str, target: str) -> None:
    """ORDER-002."""
    if target in TABLE[source]:
        ORDER.check(source, target)
    else:
        with pytest.raises(InvalidTransition) as refused:
            ORDER.check(source, target)
        assert refused.value.details == {"machine": "order", "source": source, "target": target}


def test_terminal_states_are_final() -> None:
    """ORDER-003."""
    final = {state for state in OrderStatus.values if ORDER.is_terminal(state)}
    assert final == {"cancelled", "failed", "refunded"}


@pytest.mark.parametrize(
    ("payment", "fulfillment", "closed", "expected"),
    [
        ("unpaid", "unfulfilled", "", "pending"),
        ("awaiting_payment", "unfulfilled", "", "awaiting_payment"),
        ("paid", "unfulfilled", "", "paid"),
        ("paid", "packed", "", "packed"),
        ("paid", "shipped", "", "shipped"),
        ("paid", "delivered", "", "delivered"),
        ("paid", "fulfilled", "", "fulfilled"),
        ("partially_refunded", "shipped", "", "partially_refunded"),
        ("refunded", "delivered", "", "refunded"),
        ("failed", "unfulfilled", "failed", "failed"),
        ("unpaid", "unfulfilled", "cancelled", "cancelled"),
        ("refunded", "unfulfilled", "cancelled", "cancelled"),
    ],
)
def test_the_public_status_is_a_function_of_the_stored_ones(
    payment: str, fulfillment: str, closed: str, expected: str
) -> None:
    assert derived_status(payment, fulfillment, closed) == expected


def test_every_stored_combination_that_can_be_reached_moves_only_along_the_table() -> None:
    """No pair of machine steps makes a public step that the table forbids."""
    for payment in PaymentStatus.values:
        for fulfillment in FulfillmentStatus.values:
            before = derived_status(payment, fulfillment, "")
            for target in PAYMENT.transitions[payment]:
                after = derived_status(target, fulfillment, "")
                reachable = fulfillment == "unfulfilled" or payment in (
                    "paid",
                    "partially_refunded",
                )
                if reachable and payment not in ("unpaid", "awaiting_payment") and after != before:
                    assert after in TABLE[before], (payment, fulfillment, target)
    assert FULFILLMENT.is_terminal("delivered")


def test_a_step_is_written_with_its_timeline(shop_a: TestShop) -> None:
    order = make_order()

    order.move_to(payment=PaymentStatus.PAID, actor="test", now=NOW, reason="why", paid_at=NOW)

    order.refresh_from_db()
    assert (order.payment_status, order.status, order.paid_at) == ("paid", "paid", NOW)
    row = OrderTransition.objects.get()
    assert (row.source, row.target, row.actor, row.reason, row.at) == (
        "pending",
        "paid",
        "test",
        "why",
        NOW,
    )


@pytest.mark.parametrize(
    ("stored", "step"),
    [
        ({"payment_status": "paid"}, {"payment": PaymentStatus.PAID}),
        ({"payment_status": "paid"}, {"payment": PaymentStatus.AWAITING_PAYMENT}),
        ({}, {"payment": PaymentStatus.REFUNDED}),
        ({}, {"fulfillment": FulfillmentStatus.SHIPPED}),
        ({}, {"fulfillment": FulfillmentStatus.PACKED}),
        ({"closed": "cancelled"}, {"closed": Closed.FAILED}),
        ({"payment_status": "failed", "closed": "failed"}, {"payment": PaymentStatus.PAID}),
        (
            {"payment_status": "paid", "fulfillment_status": "delivered"},
            {"closed": Closed.CANCELLED},
        ),
    ],
)
def test_a_forbidden_step_writes_nothing(
    shop_a: TestShop, stored: dict[str, str], step: dict[str, str]
) -> None:
    """ORDER-002, ORDER-003."""
    order = make_order(**stored)
    before = Order.objects.values().get()

    with pytest.raises(InvalidTransition):
        order.move_to(**step, actor="test", now=NOW)  # type: ignore[arg-type]

    assert Order.objects.values().get() == before
    assert OrderTransition.objects.count() == 0


def test_a_partly_refunded_order_goes_on_to_be_shipped(shop_a: TestShop) -> None:
    order = make_order(payment_status="partially_refunded")

    for step in (FulfillmentStatus.PACKED, FulfillmentStatus.SHIPPED, FulfillmentStatus.DELIVERED):
        order.move_to(fulfillment=step, actor="test", now=NOW)

    assert (order.fulfillment_status, order.status) == ("delivered", "partially_refunded")
