"""Every step of an order from every state, over the services (ORDER-002, ORDER-003)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from apps.inventory import services as inventory
from apps.inventory.dto import LineQuantity, Reference
from apps.inventory.models import Reservation, StockItem, StockMovement
from apps.orders import selectors, services
from apps.orders.errors import OrderNotFound
from apps.orders.models import Order, OrderTransition, Shipment
from apps.orders.states import derived_status
from apps.shared import clock
from apps.shared.db import owns_transaction
from apps.shared.ids import new_id
from apps.shared.outbox.models import DomainEvent
from apps.shared.states import InvalidTransition
from tests.inventory.stock import assert_movements_add_up
from tests.orders.placing import NOW, place
from tests.support.goods import make_variant

pytestmark = pytest.mark.usefixtures("shop_a")
LATE = NOW + timedelta(hours=2)
State = tuple[str, str, str]

STATES: list[State] = [
    ("unpaid", "unfulfilled", ""),
    ("awaiting_payment", "unfulfilled", ""),
    *[
        (payment, fulfillment, "")
        for payment in ("paid", "partially_refunded", "refunded")
        for fulfillment in ("unfulfilled", "packed", "shipped", "delivered", "fulfilled")
    ],
    ("unpaid", "unfulfilled", "cancelled"),
    ("awaiting_payment", "unfulfilled", "cancelled"),
    ("refunded", "unfulfilled", "cancelled"),
    ("refunded", "packed", "cancelled"),
    ("failed", "unfulfilled", "failed"),
]
UNPAID = {("unpaid", "unfulfilled", ""), ("awaiting_payment", "unfulfilled", "")}


def while_paid(*fulfillments: str) -> set[State]:
    return {
        (payment, one, "") for payment in ("paid", "partially_refunded") for one in fulfillments
    }


# The specification's table, from the side of the actions: where each may begin, where it leads.
Step = tuple[Callable[..., Any], dict[str, Any], set[State], State]
STEPS: dict[str, Step] = {
    "pack": (services.pack_order, {}, while_paid("unfulfilled"), ("", "packed", "")),
    "ship": (services.ship_order, {"lines": None}, while_paid("packed"), ("", "shipped", "")),
    "deliver": (services.deliver_order, {}, while_paid("shipped"), ("", "delivered", "")),
    "fulfil": (
        services.fulfil_order,
        {},
        while_paid("unfulfilled", "shipped"),
        ("", "fulfilled", ""),
    ),
    "cancel": (services.cancel_order, {"reason": "why"}, UNPAID, ("", "", "cancelled")),
    "expire": (services.expire_order, {}, UNPAID, ("failed", "", "failed")),
}


def order_in(state: State) -> Order:
    """An order of five pieces in this state; they are gone when it says that they were shipped."""
    order = place((make_variant(stock=10), 5))
    payment, fulfillment, closed = state
    if fulfillment in ("shipped", "delivered", "fulfilled"):
        ship_all(order.pk)
    Order.objects.filter(pk=order.pk).update(
        payment_status=payment,
        fulfillment_status=fulfillment,
        closed=closed,
        status=derived_status(payment, fulfillment, closed),
        paid_at=NOW if payment in ("paid", "partially_refunded", "refunded") else None,
    )
    order.refresh_from_db()
    return order


@owns_transaction
def ship_all(order_id: UUID) -> None:
    line = Order.objects.get(pk=order_id).lines.get()
    inventory.ship_stock(
        order_id=order_id,
        lines=[LineQuantity(line.pk, 5)],
        reference=Reference("order", str(order_id)),
        now=NOW,
    )


def everything() -> list[object]:
    """All rows that a step could write."""
    models = (Order, OrderTransition, Shipment, StockItem, StockMovement, Reservation, DomainEvent)
    return [list(model.objects.order_by("pk").values()) for model in models]


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("state", STATES, ids=lambda state: "-".join(filter(None, state)))
def test_every_step_from_every_state(state: State, name: str) -> None:
    """ORDER-002, ORDER-003: allowed ones arrive, the others write nothing."""
    service, arguments, sources, target = STEPS[name]
    order = order_in(state)
    before = everything()

    if state in sources:
        service(order_id=order.pk, now=LATE, **arguments)
        order.refresh_from_db()
        arrived = (order.payment_status, order.fulfillment_status, order.closed)
        assert arrived == tuple(new or old for new, old in zip(target, state, strict=True))
        assert order.status == derived_status(*arrived)
        last = order.transitions.latest("id")
        assert (last.target, last.actor, last.at) == (order.status, "system", LATE)
    else:
        if name == "expire":
            assert service(order_id=order.pk, now=LATE) is False
        else:
            with pytest.raises(InvalidTransition) as refused:
                service(order_id=order.pk, now=LATE, **arguments)
            assert set(refused.value.details) == {"machine", "source", "target"}
        assert everything() == before
    assert_movements_add_up()


@pytest.mark.parametrize("name", STEPS)
def test_an_unknown_order_is_not_found(name: str) -> None:
    service, arguments, *_ = STEPS[name]
    with pytest.raises(OrderNotFound):
        service(order_id=new_id(), now=LATE, **arguments)


def test_an_order_expires_when_its_time_is_up_and_not_before() -> None:
    order = place((make_variant(stock=10), 5))

    assert services.expire_order(order_id=order.pk, now=order.expires_at - timedelta(0, 1)) is False
    assert services.expire_order(order_id=order.pk, now=order.expires_at) is True
    assert services.expire_order(order_id=order.pk, now=LATE) is False


def test_a_fast_clock_expires_nothing_early() -> None:
    """X9: the database's clock has a say."""
    order = place((make_variant(), 1))
    Order.objects.update(expires_at=clock.now() + timedelta(minutes=5))
    fast = clock.now() + timedelta(minutes=10)

    assert selectors.orders_past_their_time(now=fast, limit=10) == []
    assert selectors.orders_past_their_time(now=NOW, limit=10) == []
    Order.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert selectors.orders_past_their_time(now=fast, limit=10) == [order.pk]
    slow = fast - timedelta(minutes=20)
    assert selectors.orders_past_their_time(now=slow, limit=10) == []
