"""Unpaid orders end: called off or out of time; and what if the money comes that very moment."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.orders import services
from apps.orders.models import Order
from apps.payments.gateways.base import ProviderState
from apps.shared.context import acting
from apps.shared.outbox.models import DomainEvent, EventDelivery
from apps.shared.states import InvalidTransition
from tests.inventory.stock import assert_movements_add_up, figures
from tests.orders.placing import (
    NOW,
    assert_one_outcome,
    await_payment,
    held,
    intent_of,
    paid,
    place,
    settle,
    steps,
    tell,
)
from tests.support.goods import make_variant
from tests.support.shops import TestShop
from tests.support.threads import outcomes, race

LATE = NOW + timedelta(hours=2)


def cancel(order: Order) -> None:
    services.cancel_order(order_id=order.pk, reason="changed my mind", now=LATE)


def expire(order: Order) -> None:
    services.expire_order(order_id=order.pk, now=LATE)


@pytest.mark.parametrize("is_awaited", [False, True])
def test_a_cancelled_order_gives_its_stock_back_at_once(shop_a: TestShop, is_awaited: bool) -> None:
    variant = make_variant(stock=10)
    order = place((variant, 4))
    if is_awaited:
        await_payment(order)

    with acting(as_actor="customer:1"):
        cancel(order)

    order.refresh_from_db()
    assert (order.status, order.closed, order.closed_at) == ("cancelled", "cancelled", LATE)
    assert figures(variant) == (10, 0, 10)
    last = order.transitions.latest("id")
    assert (last.step, last.target, last.actor, last.reason) == (
        "cancelled",
        "cancelled",
        "customer:1",
        "changed my mind",
    )
    event = DomainEvent.objects.get(name="orders.order.cancelled")
    assert event.payload["reason"] == "changed my mind"
    wanted = EventDelivery.objects.get(event=event, subscriber__startswith="apps.payments.")
    assert wanted.queue == "financial"
    assert_movements_add_up()


def test_an_order_that_nobody_paid_fails_when_its_time_is_up(shop_a: TestShop) -> None:
    """INV 8: no unpaid order holds stock past its time."""
    variant = make_variant(stock=10)
    order = place((variant, 4))

    expire(order)
    expire(order)

    order.refresh_from_db()
    assert (order.status, order.payment_status, order.closed) == ("failed", "failed", "failed")
    assert order.closed_at == LATE
    assert (figures(variant), held(order)) == ((10, 0, 10), 0)
    assert steps(order) == [("", "", "pending"), ("failed", "pending", "failed")]
    assert order.transitions.latest("id").reason == "not paid in time"
    assert DomainEvent.objects.filter(name="orders.order.expired").count() == 1


@pytest.mark.parametrize("end", [cancel, expire])
def test_money_that_comes_after_the_end_pays_nothing(
    shop_a: TestShop, end: Callable[[Order], None]
) -> None:
    """PAY-008: flagged, to be given back."""
    order = place((make_variant(stock=10), 4))
    end(order)

    tell(order)
    settle(order)
    settle(order)

    assert assert_one_outcome(order) in ("cancelled", "failed")
    assert intent_of(order).flag == "order_not_payable"
    assert DomainEvent.objects.filter(name="payments.intent.flagged").count() == 1


def test_a_paid_order_is_neither_cancelled_like_this_nor_expired(shop_a: TestShop) -> None:
    """It takes a full refund."""
    order = paid((make_variant(stock=10), 4))

    with pytest.raises(InvalidTransition) as refused:
        cancel(order)
    expire(order)

    assert refused.value.details == {"machine": "order", "source": "paid", "target": "cancelled"}
    assert assert_one_outcome(order) == "paid"


@pytest.mark.parametrize("end", [cancel, expire])
def test_payment_and_end_at_the_same_moment_leave_one_of_them(
    committed_shop: TestShop, end: Callable[[Order], None]
) -> None:
    """ORDER-005, PAY-008: the order's lock decides; stock, books and payment agree with it."""
    variant = make_variant(stock=100)
    placed = [place((variant, 2)) for _ in range(8)]
    for order in placed:
        tell(order)
    works = [
        work
        for order in placed
        for work in (lambda order=order: settle(order), lambda order=order: end(order))
    ]

    results = race(committed_shop, *works)

    ends = [assert_one_outcome(order) for order in placed]
    assert set(outcomes(results)) <= {"ok", "InvalidTransition"}
    assert figures(variant) == (100, 2 * ends.count("paid"), 100 - 2 * ends.count("paid"))
    assert_movements_add_up()


def test_cancelling_and_expiring_at_once_release_once(committed_shop: TestShop) -> None:
    """STOCK-003: two schedulers, and the shopper."""
    variant = make_variant(stock=10)
    order = place((variant, 4))
    works = [lambda: cancel(order), lambda: expire(order)]

    results = race(committed_shop, *works * 4)

    assert set(outcomes(results)) <= {"ok", "InvalidTransition"}
    assert_one_outcome(order)
    assert (figures(variant), len(steps(order))) == ((10, 0, 10), 2)
    assert_movements_add_up()


def test_cancelling_while_the_payment_begins_leaves_no_open_order(committed_shop: TestShop) -> None:
    placed = [place((make_variant(stock=10), 1)) for _ in range(6)]
    works = [
        work
        for order in placed
        for work in (lambda order=order: await_payment(order), lambda order=order: cancel(order))
    ]

    results = race(committed_shop, *works)

    assert outcomes(results) == ["ok"] * 12
    assert [assert_one_outcome(order) for order in placed] == ["cancelled"] * 6


def test_a_cancelled_fact_leaves_the_order_open_for_another_try(shop_a: TestShop) -> None:
    order = place((make_variant(stock=10), 4))
    tell(order, ProviderState.CANCELLED)
    order.refresh_from_db()
    assert order.status == "pending"
