"""What a refund does to order, stock and books, and what the provider may do on its own."""

import itertools

import pytest

from apps.catalog.models import Variant
from apps.finance.models import CreditNote
from apps.inventory.dto import LineQuantity
from apps.orders import objections
from apps.orders import services as orders
from apps.orders.models import Order
from apps.payments.gateways.base import ProviderRefundState
from apps.refunds import services
from apps.refunds.dto import WantedLine
from apps.refunds.errors import OrderNotCancellable
from apps.refunds.models import Refund
from apps.refunds.states import Restock
from apps.shared import context
from apps.shop.models import ShopSettings
from tests.refunds.orders import (
    BOSS,
    NOW,
    FakeStripe,
    ask,
    books,
    credit_notes,
    events,
    line_id,
    paid_order,
    refunded,
    send,
    statuses,
    steps,
    stock,
    stock_moves,
    tell,
)
from tests.support.goods import make_variant
from tests.support.shopping import connect_payments
from tests.support.shops import TestShop


@pytest.fixture
def shirt(shop_a: TestShop) -> Variant:
    return make_variant(price=1000, stock=10)


@pytest.fixture
def bought(shop_a: TestShop, stripe: FakeStripe, shirt: Variant) -> Order:
    """Four shirts at 10.00, shipping 5.00: 45.00, paid."""
    connect_payments()
    return paid_order(shop_a, (shirt, 4))


def ship(order: Order, quantity: int) -> None:
    if order.fulfillment_status == "unfulfilled":
        orders.pack_order(order_id=order.pk, now=NOW)
    lines = [LineQuantity(line_id(order), quantity)]
    orders.ship_order(order_id=order.pk, lines=lines, now=NOW)


def pieces(order: Order, quantity: int, restock: Restock) -> dict[str, object]:
    wanted = WantedLine(order_line_id=line_id(order), quantity=quantity, restock=restock)
    return {"lines": (wanted,)}


def test_stock_005_each_line_by_its_own_choice(bought: Order, shirt: Variant) -> None:
    """STOCK-005, REF-004: three of four shipped; the last is released, one comes back,
    one stays away."""
    ship(bought, 3)
    assert stock(shirt) == (7, 1)

    released = refunded(bought, **pieces(bought, 1, Restock.RESERVED))
    assert stock(shirt) == (7, 0)
    returned = refunded(bought, **pieces(bought, 1, Restock.RETURNED))
    assert stock(shirt) == (8, 0)
    kept = refunded(bought, **pieces(bought, 1, Restock.NONE))
    assert stock(shirt) == (8, 0)

    assert [stock_moves(one) for one in (released, returned, kept)] == [1, 1, 0]
    bought.refresh_from_db()
    assert (bought.fulfillment_status, bought.status) == ("shipped", "partially_refunded")


def test_stock_003_goods_that_do_not_fit_are_flagged_and_the_money_is_booked(
    bought: Order, shirt: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """STOCK-003: shipped between the request and the provider's word. Which shipping refuses."""
    refund = ask(bought, **pieces(bought, 4, Restock.RESERVED))
    monkeypatch.setattr(objections, "_promises", [])
    ship(bought, 4)

    assert send(refund) == "succeeded"

    refund.refresh_from_db()
    assert (refund.flag, stock(shirt), stock_moves(refund)) == ("stock_not_moved", (6, 0), 0)
    assert books(bought)[-1] == ("debit", 4000)
    assert steps(refund)[-1][0] == "flagged:stock_not_moved"


@pytest.mark.parametrize("packed", [False, True])
def test_a_paid_order_is_cancelled_when_its_refund_succeeded(
    bought: Order, shirt: Variant, packed: bool
) -> None:
    """ORDER-002: never before."""
    if packed:
        orders.pack_order(order_id=bought.pk, now=NOW)

    refund = services.cancel_paid_order(order_id=bought.pk, note="changed her mind", now=NOW)

    assert (refund.amount, refund.cancels_order, refund.status) == (4500, True, "approved")
    assert (statuses(bought)[0], stock(shirt)) == ("packed" if packed else "paid", (10, 4))
    assert send(refund) == "succeeded"
    assert statuses(bought) == ("cancelled", "refunded")
    assert bought.closed_at == NOW
    assert (stock(shirt), stock_moves(refund)) == ((10, 0), 1)
    assert books(bought) == [("credit", 4500), ("debit", 4500)]
    assert events("orders.order.cancelled") == ["orders.order.cancelled"]


def test_a_cancellation_over_the_threshold_waits_for_a_second_person(bought: Order) -> None:
    """REF-005."""
    ShopSettings.objects.update(refund_approval_threshold_amount=1000)
    refund = services.cancel_paid_order(order_id=bought.pk, note="", now=NOW)
    assert send(refund) == "nothing_to_send"

    with context.acting(as_actor=BOSS):
        services.approve_refund(refund_id=refund.pk, now=NOW)

    assert send(refund) == "succeeded"
    assert statuses(bought)[0] == "cancelled"


def test_a_cancellation_that_failed_leaves_the_order_as_it_is(
    bought: Order, stripe: FakeStripe, shirt: Variant
) -> None:
    stripe.state = ProviderRefundState.FAILED
    refund = services.cancel_paid_order(order_id=bought.pk, note="", now=NOW)

    assert send(refund) == "failed"

    assert (statuses(bought), stock(shirt)) == (("paid", "paid"), (10, 4))
    stripe.state = ProviderRefundState.SUCCEEDED
    again = services.retry_refund(refund_id=refund.pk, now=NOW)
    assert send(again) == "succeeded"
    assert (statuses(bought)[0], stock(shirt)) == ("cancelled", (10, 0))


def test_an_order_that_left_meanwhile_is_refunded_not_cancelled(
    bought: Order, shirt: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which packing and shipping refuse; should it happen all the same, nothing stays held."""
    refund = services.cancel_paid_order(order_id=bought.pk, note="", now=NOW)
    monkeypatch.setattr(objections, "_objections", [])
    monkeypatch.setattr(objections, "_promises", [])
    ship(bought, 1)

    assert send(refund) == "succeeded"

    refund.refresh_from_db()
    assert (statuses(bought)[0], refund.flag) == ("refunded", "stock_not_moved")
    assert stock(shirt) == (9, 0)


@pytest.mark.parametrize("shipped", [1, 4])
def test_what_has_left_cannot_be_cancelled(bought: Order, shipped: int) -> None:
    ship(bought, shipped)
    bought.refresh_from_db()

    with pytest.raises(OrderNotCancellable):
        services.cancel_paid_order(order_id=bought.pk, note="", now=NOW)

    assert not Refund.objects.exists()


def test_order_003_a_refunded_order_is_final(bought: Order) -> None:
    """ORDER-003."""
    refunded(bought, other_amount=4500)

    with pytest.raises(OrderNotCancellable):
        services.cancel_paid_order(order_id=bought.pk, note="", now=NOW)

    assert statuses(bought) == ("refunded", "refunded")


def test_ref_006_a_refund_of_the_dashboard_is_taken_in(bought: Order, shirt: Variant) -> None:
    """R4, REF-006: no lines, no stock; books and order follow. Twice is once."""
    assert [tell(bought, "succeeded", 1500) for _ in range(2)] == ["succeeded", "late"]

    refund = Refund.objects.get()
    assert (refund.source, refund.status, refund.amount) == ("provider", "succeeded", 1500)
    assert refund.provider_reference == "re_dashboard"
    assert (refund.lines.count(), stock(shirt)) == (0, (10, 4))
    assert books(bought) == [("credit", 4500), ("debit", 1500)]
    assert statuses(bought) == ("partially_refunded", "partially_refunded")
    assert [step for step, _ in steps(refund)] == [
        "requested",
        "approved",
        "processing",
        "succeeded",
    ]

    tell(bought, "succeeded", 3000, provider_reference="re_rest")
    assert statuses(bought) == ("refunded", "refunded")


def test_ref_003_money_that_the_dashboard_gave_back_is_gone(
    bought: Order, stripe: FakeStripe
) -> None:
    """REF-003, INV 3."""
    tell(bought, "succeeded", 4000)

    refund = ask(bought, other_amount=500)

    assert send(refund) == "succeeded"
    assert statuses(bought)[0] == "refunded"


def test_r4_a_success_that_failed_later_is_reversed_and_flagged(bought: Order) -> None:
    """R4: the books are right again, the order's states do not go backwards, a person must look."""
    refund = refunded(bought, other_amount=4500)
    failed = {"provider_reference": refund.provider_reference, "failure_code": "expired_card"}

    assert [tell(bought, "failed", 4500, **failed) for _ in range(2)] == ["reversed", "late"]

    refund.refresh_from_db()
    assert (refund.status, refund.flag) == ("succeeded", "reversed_by_provider")
    assert (refund.reversed_at, refund.failure_code) == (NOW, "expired_card")
    assert books(bought) == [("credit", 4500), ("debit", 4500), ("credit", 4500)]
    assert statuses(bought) == ("refunded", "refunded")
    assert events()[-1] == "refunds.refund.reversed"
    assert tell(bought, "succeeded", 4500, **failed) == "late"


def test_r4_a_reversed_refund_can_be_given_again(bought: Order, shirt: Variant) -> None:
    """STOCK-005: its goods moved once and do not move again."""
    refund = services.cancel_paid_order(order_id=bought.pk, note="", now=NOW)
    send(refund)
    refund.refresh_from_db()
    tell(bought, "failed", 4500, provider_reference=refund.provider_reference)

    again = services.retry_refund(refund_id=refund.pk, now=NOW)

    assert send(again) == "succeeded"
    assert (stock(shirt), stock_moves(again)) == ((10, 0), 0)
    assert statuses(bought) == ("cancelled", "refunded")
    assert [kind for kind, _ in books(bought)] == ["credit", "debit", "credit", "debit"]
    assert len(credit_notes(bought)) == 2


@pytest.mark.parametrize("arrival", list(itertools.permutations(["succeeded", "failed", "failed"])))
def test_a_dashboard_refund_that_failed_is_not_given_back_in_any_order(
    bought: Order, arrival: tuple[str, ...]
) -> None:
    """PAY-007: what is late never revives it; credits − debits is what the shop has (FIN-005)."""
    for state in arrival:
        tell(bought, state, 1500)

    balance = sum(amount if kind == "credit" else -amount for kind, amount in books(bought))
    assert balance == 4500
    assert Refund.objects.count() == 1
    assert not Refund.objects.get().is_kept
    assert ask(bought, other_amount=4500).amount == 4500


def test_money_that_never_paid_its_order_is_given_back_without_books(bought: Order) -> None:
    """PAY-008: it came too late, was not booked, and somebody refunded it by hand."""
    Order.objects.filter(pk=bought.pk).update(
        status="failed", payment_status="failed", closed="failed"
    )

    assert tell(bought, "succeeded", 4500) == "succeeded"

    assert books(bought) == [("credit", 4500)]
    assert not CreditNote.objects.exists()
    assert statuses(bought) == ("failed", "failed")
    assert tell(bought, "failed", 4500) == "reversed"
    assert books(bought) == [("credit", 4500)]
