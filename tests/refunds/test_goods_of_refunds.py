"""What a refund under way forbids, and what becomes of goods that nobody will send."""

from collections.abc import Callable

import pytest

from apps.catalog.models import Variant
from apps.inventory.dto import LineQuantity
from apps.orders import services as orders
from apps.orders.errors import OrderBeingCancelled
from apps.orders.models import Order
from apps.payments.gateways.base import ProviderRefundState
from apps.refunds import services
from apps.refunds.dto import WantedLine
from apps.refunds.models import Refund
from apps.shared import context
from apps.shop.models import ShopSettings
from tests.inventory.stock import assert_movements_add_up
from tests.refunds.orders import (
    BOSS,
    NOW,
    FakeStripe,
    ask,
    line_id,
    paid_order,
    refunded,
    send,
    statuses,
    stock,
    stock_moves,
    tell,
)
from tests.support.goods import make_variant
from tests.support.shopping import connect_payments
from tests.support.shops import TestShop, use_shop
from tests.support.threads import outcomes, race

STEPS: dict[str, Callable[[Order], object]] = {
    "pack": lambda order: orders.pack_order(order_id=order.pk, now=NOW),
    "fulfil": lambda order: orders.fulfil_order(order_id=order.pk, now=NOW),
    "ship": lambda order: orders.ship_order(order_id=order.pk, lines=None, now=NOW),
}


@pytest.fixture
def shirt(shop_a: TestShop) -> Variant:
    return make_variant(price=1000, stock=10)


@pytest.fixture
def bought(shop_a: TestShop, stripe: FakeStripe, shirt: Variant) -> Order:
    """Four shirts at 10.00, shipping 5.00: 45.00, paid."""
    connect_payments()
    return paid_order(shop_a, (shirt, 4))


@pytest.mark.parametrize("step", STEPS)
def test_what_is_being_cancelled_does_not_leave_the_house(
    bought: Order, shirt: Variant, step: str
) -> None:
    """ORDER-002: money and goods together would be gone."""
    if step == "ship":
        STEPS["pack"](bought)
    before = statuses(bought)
    refund = services.cancel_paid_order(order_id=bought.pk, note="", now=NOW)

    with pytest.raises(OrderBeingCancelled) as refusal:
        STEPS[step](bought)

    assert refusal.value.details == {"refund": refund.public_id}
    assert (statuses(bought), stock(shirt)) == (before, (10, 4))
    assert send(refund) == "succeeded"
    assert (statuses(bought)[0], stock(shirt)) == ("cancelled", (10, 0))


def test_a_cancellation_that_waits_for_approval_stands_in_the_way_until_it_is_decided(
    bought: Order,
) -> None:
    ShopSettings.objects.update(refund_approval_threshold_amount=1)
    refund = services.cancel_paid_order(order_id=bought.pk, note="", now=NOW)
    with pytest.raises(OrderBeingCancelled):
        STEPS["pack"](bought)

    with context.acting(as_actor=BOSS):
        services.reject_refund(refund_id=refund.pk, why="no", now=NOW)

    STEPS["pack"](bought)
    assert statuses(bought)[0] == "packed"


def test_a_refund_that_cancels_nothing_forbids_nothing(bought: Order) -> None:
    ask(bought, other_amount=100)
    STEPS["pack"](bought)
    assert statuses(bought)[0] == "packed"


def test_packing_and_cancelling_at_once(
    make_committed_shop: Callable[[], TestShop], stripe: FakeStripe
) -> None:
    """Whoever has the order's lock first wins; in either case the order ends as cancelled."""
    shop = make_committed_shop()
    for _ in range(5):
        _pack_and_cancel(shop)


def _pack_and_cancel(shop: TestShop) -> None:
    with use_shop(shop):
        connect_payments()
        shirt = make_variant(price=1000, stock=10)
        order = paid_order(shop, (shirt, 2))

        results = race(
            shop,
            lambda: STEPS["pack"](order),
            lambda: services.cancel_paid_order(order_id=order.pk, note="", now=NOW),
        )

        assert outcomes(results) in (["ok", "ok"], ["OrderBeingCancelled", "ok"])
        was_packed = not isinstance(results[0], BaseException)
        assert statuses(order)[0] == ("packed" if was_packed else "paid")
        assert send(Refund.objects.get(order_id=order.pk)) == "succeeded"
        assert (statuses(order)[0], stock(shirt)) == ("cancelled", (10, 0))
        assert_movements_add_up()


def pieces(order: Order, quantity: int) -> dict[str, object]:
    return {"lines": (WantedLine(order_line_id=line_id(order), quantity=quantity),)}


def test_ref_004_none_leaves_goods_to_be_sent(bought: Order, shirt: Variant) -> None:
    """A refund for good will: the order goes on, all four are shipped."""
    refund = refunded(bought, **pieces(bought, 1))

    assert (stock(shirt), stock_moves(refund)) == ((10, 4), 0)
    STEPS["pack"](bought)
    STEPS["ship"](bought)
    bought.refresh_from_db()
    assert (stock(shirt), bought.fulfillment_status) == ((6, 0), "shipped")


def test_stock_005_a_refunded_order_holds_nothing(bought: Order, shirt: Variant) -> None:
    """STOCK-004: released with the success that made it final, under that refund's name, once."""
    first = refunded(bought, **pieces(bought, 3))
    assert stock(shirt) == (10, 4)
    last = ask(bought, lines=pieces(bought, 1)["lines"], shipping_amount=500)
    assert stock(shirt) == (10, 4)

    assert [send(last), send(last)] == ["succeeded", "nothing_to_send"]

    assert statuses(bought) == ("refunded", "refunded")
    assert stock(shirt) == (10, 0)
    assert [stock_moves(first), stock_moves(last)] == [0, 1]
    assert_movements_add_up()


def test_all_given_back_at_the_dashboard_frees_what_was_not_shipped(
    bought: Order, shirt: Variant
) -> None:
    """REF-006, STOCK-005: told twice, released once; what has left stays away."""
    STEPS["pack"](bought)
    parcel = [LineQuantity(line_id(bought), 1)]
    orders.ship_order(order_id=bought.pk, lines=parcel, now=NOW)
    assert stock(shirt) == (9, 3)

    assert [tell(bought, "succeeded", 4500) for _ in range(2)] == ["succeeded", "late"]

    assert (statuses(bought)[0], stock(shirt)) == ("refunded", (9, 0))
    assert_movements_add_up()


def test_a_refund_that_fails_frees_nothing(bought: Order, stripe: FakeStripe) -> None:
    """STOCK-005: after success only."""
    stripe.state = ProviderRefundState.FAILED
    shirt = Variant.objects.get(pk=bought.lines.get().variant_id)

    refunded(bought, other_amount=4500)

    assert stock(shirt) == (10, 4)
