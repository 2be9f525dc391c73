"""Asking for a refund: what is refused, what is held, who must agree."""

import pytest
from django.db import IntegrityError, transaction

from apps.finance.models import CreditNote, FinancialTransaction
from apps.orders.models import Order
from apps.orders.states import OrderStatus
from apps.refunds import services
from apps.refunds.dto import WantedLine
from apps.refunds.errors import (
    NotRefundable,
    RefundAmountInvalid,
    RefundExceedsCaptured,
    RefundInFlight,
    RefundLineUnknown,
    RefundNotFound,
    RefundQuantityInvalid,
    SecondPersonRequired,
)
from apps.refunds.models import Refund, RefundEvent
from apps.shared import context
from apps.shared.ids import new_id
from apps.shared.states import InvalidTransition
from apps.shop.models import ShopSettings
from tests.refunds.orders import ASKER, BOSS, NOW, FakeStripe, ask, events, line_id, statuses, steps
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import connect_payments, new_cart
from tests.support.shops import TestShop
from tests.support.threads import outcomes, race

from .orders import paid_order, send


def test_goods_shipping_and_an_amount_are_priced_by_the_orders_snapshot(order: Order) -> None:
    refund = ask(
        order,
        lines=(WantedLine(order_line_id=line_id(order), quantity=1),),
        shipping_amount=200,
        other_amount=30,
        note="one arrived broken",
    )

    assert (refund.amount, refund.shipping_amount, refund.other_amount) == (1230, 200, 30)
    [line] = refund.lines.all()
    assert (line.quantity, line.amount, line.restock) == (1, 1000, "none")
    assert (refund.status, refund.requested_by, refund.currency) == ("approved", ASKER, "USD")


def test_below_the_threshold_it_is_approved_at_once(order: Order) -> None:
    """REF-005, REF-008."""
    ShopSettings.objects.update(refund_approval_threshold_amount=1000)

    refund = ask(order, other_amount=1000)

    assert (refund.status, refund.needs_approval, refund.approved_by) == ("approved", False, "")
    assert steps(refund) == [("requested", ASKER), ("approved", ASKER)]
    assert events() == ["refunds.refund.requested", "refunds.refund.approved"]


def test_ref_005_over_the_threshold_a_second_person_must_approve(order: Order) -> None:
    """REF-005."""
    ShopSettings.objects.update(refund_approval_threshold_amount=999)
    refund = ask(order, other_amount=1000)
    assert (refund.status, refund.needs_approval) == ("requested", True)

    with context.acting(as_actor=ASKER), pytest.raises(SecondPersonRequired):
        services.approve_refund(refund_id=refund.pk, now=NOW)
    refund.refresh_from_db()
    assert (refund.status, events()) == ("requested", ["refunds.refund.requested"])

    with context.acting(as_actor=BOSS):
        services.approve_refund(refund_id=refund.pk, why="seen the pictures", now=NOW)
    refund.refresh_from_db()
    assert (refund.status, refund.approved_by, refund.decided_at) == ("approved", BOSS, NOW)
    assert steps(refund) == [("requested", ASKER), ("approved", BOSS)]
    assert RefundEvent.objects.last().why == "seen the pictures"


def test_ref_005_small_refunds_of_an_order_count_together(order: Order) -> None:
    """REF-005: what is given back, and what is about to be, is one amount to the threshold."""
    ShopSettings.objects.update(refund_approval_threshold_amount=1000)
    first = ask(order, other_amount=600)
    assert send(first) == "succeeded"

    second = ask(order, other_amount=400)
    third = ask(order, other_amount=1)

    assert (second.needs_approval, second.status) == (False, "approved")
    assert (third.needs_approval, third.status) == (True, "requested")
    with context.acting(as_actor=ASKER), pytest.raises(SecondPersonRequired):
        services.approve_refund(refund_id=third.pk, now=NOW)


def test_ref_005_what_was_not_given_back_does_not_count(order: Order) -> None:
    """REF-005: a request that was taken back leaves room below the threshold."""
    ShopSettings.objects.update(refund_approval_threshold_amount=1000)
    services.cancel_refund(refund_id=ask(order, other_amount=1001).pk, now=NOW)

    assert ask(order, other_amount=1000).status == "approved"


def test_ref_005_two_small_refunds_at_once_do_not_pass_together(
    committed_shop: TestShop,
) -> None:
    """REF-005: of two halves of what needs no second person and one unit more, one waits."""
    connect_payments()
    order = paid_order(committed_shop, (make_variant(price=9500), 1))
    ShopSettings.objects.update(refund_approval_threshold_amount=1000)

    results = race(committed_shop, *[lambda: ask(order, other_amount=501)] * 2)

    assert outcomes(results) == ["ok", "ok"]
    statuses_now = sorted(Refund.objects.values_list("status", flat=True))
    assert statuses_now == ["approved", "requested"]
    assert Refund.objects.get(status="requested").needs_approval


def test_ref_005_the_database_refuses_the_same_person_too(order: Order) -> None:
    """REF-005."""
    ShopSettings.objects.update(refund_approval_threshold_amount=0)
    refund = ask(order, other_amount=1000)

    with pytest.raises(IntegrityError, match="refund_second_person"), transaction.atomic():
        Refund.objects.filter(pk=refund.pk).update(approved_by=ASKER)


@pytest.mark.parametrize("decision", ["reject", "cancel"])
def test_a_refund_that_is_not_wanted_holds_nothing(order: Order, decision: str) -> None:
    ShopSettings.objects.update(refund_approval_threshold_amount=0)
    refund = ask(order, other_amount=2500)
    with pytest.raises(RefundExceedsCaptured):
        ask(order, other_amount=1)

    with context.acting(as_actor=BOSS):
        if decision == "reject":
            services.reject_refund(refund_id=refund.pk, why="no", now=NOW)
        else:
            services.cancel_refund(refund_id=refund.pk, now=NOW)

    refund.refresh_from_db()
    assert refund.status == f"{decision}ed" if decision == "reject" else "cancelled"
    assert events()[-1] == f"refunds.refund.{refund.status}"
    assert ask(order, other_amount=2500).status == "requested"
    with pytest.raises(InvalidTransition):
        services.approve_refund(refund_id=refund.pk, now=NOW)
    assert send(refund) == "nothing_to_send"


@pytest.mark.parametrize(
    "status", ["pending", "awaiting_payment", "failed", "cancelled", "refunded"]
)
def test_ref_001_only_refundable_orders(order: Order, status: str) -> None:
    """REF-001: whatever has been captured; nothing is written."""
    Order.objects.filter(pk=order.pk).update(status=status)

    with pytest.raises(NotRefundable) as refused:
        ask(order, other_amount=1)

    assert refused.value.details == {"order_status": status}
    assert not Refund.objects.exists()
    assert not RefundEvent.objects.exists()
    assert events() == []


def test_every_other_status_is_refundable(order: Order) -> None:
    """REF-001: the list of 02-domain, and each by trying."""
    refundable = ("paid", "packed", "shipped", "delivered", "fulfilled", "partially_refunded")
    for status in refundable:
        Order.objects.filter(pk=order.pk).update(status=status)
        assert ask(order, other_amount=1).status == "approved"

    refused = {"pending", "awaiting_payment", "failed", "cancelled", "refunded"}
    assert {*refundable, *refused} == set(OrderStatus.values)


def test_an_order_that_nothing_was_captured_for_is_not_refundable(
    committed_shop: TestShop,
) -> None:
    """REF-001: not even when its status says that it is paid."""
    connect_payments()
    answer = new_cart(ShopClient(committed_shop.domain), (make_variant(), 1)).complete()
    order = Order.objects.get(number=answer.json()["number"])
    Order.objects.update(status="paid")

    with pytest.raises(NotRefundable):
        ask(order, other_amount=1)

    assert not Refund.objects.exists()


@pytest.mark.parametrize("amount", [0, -1])
def test_ref_002_more_than_nothing(order: Order, amount: int) -> None:
    """REF-002: nothing is written; the database would not take it either."""
    with pytest.raises(RefundAmountInvalid):
        ask(order, other_amount=amount)

    assert not Refund.objects.exists()
    assert not RefundEvent.objects.exists()
    assert events() == []
    ask(order, other_amount=1)
    with pytest.raises(IntegrityError, match="refund_"), transaction.atomic():
        Refund.objects.update(amount=amount)


def test_ref_003_never_more_than_was_captured(order: Order) -> None:
    """REF-003."""
    with pytest.raises(RefundExceedsCaptured):
        ask(order, other_amount=2501)
    ask(order, other_amount=2499)
    with pytest.raises(RefundExceedsCaptured) as refused:
        ask(order, other_amount=2)

    assert refused.value.details == {"amount": 2, "refundable": 1}
    assert Refund.objects.count() == 1


def test_no_more_pieces_than_were_ordered(order: Order) -> None:
    one = WantedLine(order_line_id=line_id(order), quantity=1)
    ask(order, lines=(one,))
    ask(order, lines=(one,))

    with pytest.raises(RefundQuantityInvalid):
        ask(order, lines=(one,))
    with pytest.raises(RefundLineUnknown):
        ask(order, lines=(WantedLine(order_line_id=new_id(), quantity=1),))

    assert Refund.objects.count() == 2


def test_an_unknown_refund_is_not_found(shop_a: TestShop) -> None:
    with pytest.raises(RefundNotFound):
        services.approve_refund(refund_id=new_id(), now=NOW)


def test_asking_moves_no_money_and_no_stock(order: Order) -> None:
    """REF-004."""
    ask(order, other_amount=2500)

    assert statuses(order) == ("paid", "paid")
    assert FinancialTransaction.objects.filter(kind="debit").count() == 0
    assert not CreditNote.objects.exists()


def test_r1_two_at_once_cannot_pass_together(committed_shop: TestShop, stripe: FakeStripe) -> None:
    """R1, REF-003: 60 twice of 100: one; then 40; then not 0.01 more."""
    connect_payments()
    order = paid_order(committed_shop, (make_variant(price=9500), 1))
    assert order.total_amount == 10_000

    results = race(committed_shop, *[lambda: ask(order, other_amount=6000)] * 2)

    assert outcomes(results) == ["RefundExceedsCaptured", "ok"]
    ask(order, other_amount=4000)
    with pytest.raises(RefundExceedsCaptured):
        ask(order, other_amount=1)
    for refund in Refund.objects.all():
        assert send(refund) == "succeeded"
    assert statuses(order) == ("refunded", "refunded")
    with pytest.raises(NotRefundable):
        ask(order, other_amount=1)


def test_two_decisions_at_once_are_one(committed_shop: TestShop, stripe: FakeStripe) -> None:
    connect_payments()
    order = paid_order(committed_shop, (make_variant(price=1000), 1))
    ShopSettings.objects.update(refund_approval_threshold_amount=0)
    refund = ask(order, other_amount=100)

    def approve() -> object:
        with context.acting(as_actor=BOSS):
            return services.approve_refund(refund_id=refund.pk, now=NOW)

    def cancel() -> object:
        return services.cancel_refund(refund_id=refund.pk, now=NOW)

    assert outcomes(race(committed_shop, approve, cancel, approve)) == [
        "InvalidTransition",
        "InvalidTransition",
        "ok",
    ]
    assert refund.events.count() == 2


def test_an_order_with_a_refund_under_way_is_not_cancelled(order: Order) -> None:
    ask(order, other_amount=1)

    with pytest.raises(RefundInFlight):
        services.cancel_paid_order(order_id=order.pk, note="", now=NOW)
