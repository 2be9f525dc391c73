"""What must be true of orders, payments, refunds, stock and books at every moment, whatever has
been delivered and whatever not (06-acceptance, INV). The provider's ledger is the other side."""

import itertools
from collections import Counter
from typing import Any

from django.db.models import Sum

from apps.finance.models import CreditNote, FinancialTransaction, Invoice
from apps.inventory import selectors as stock
from apps.inventory.models import Reservation, StockItem, StockMovement
from apps.orders.models import Order, OrderLine, ShipmentLine
from apps.payments.gateways.base import ProviderRefundState, ProviderState
from apps.payments.models import PaymentIntent
from apps.refunds.models import Refund
from apps.refunds.states import IN_FLIGHT, REFUND
from tests.inventory.stock import assert_movements_add_up
from tests.orders.test_states import TABLE
from tests.support.pretend_provider import PretendProvider

PAID = ("paid", "partially_refunded", "refunded")
GONE = ("shipped", "delivered", "fulfilled")


def assert_stock_agrees() -> None:
    """INV 1, STOCK-001, STOCK-004, STOCK-006."""
    assert_movements_add_up()
    for item in StockItem.objects.all():
        assert item.on_hand >= 0
        assert item.reserved >= 0
        assert item.available >= -item.backorder_limit


def assert_goods_agree() -> None:
    """STOCK-003: parcels hold what was shipped of a line, and never more than was ordered."""
    sums = Reservation.objects.values("order_line_id").annotate(
        all=Sum("quantity"), out=Sum("shipped"), free=Sum("released"), back=Sum("returned")
    )
    ordered = dict(OrderLine.objects.values_list("pk", "quantity"))
    parcels = dict(ShipmentLine.objects.values_list("order_line_id").annotate(sent=Sum("quantity")))
    for line in sums:
        assert line["all"] == ordered[line["order_line_id"]]
        assert line["out"] + line["free"] <= line["all"]
        assert line["back"] <= line["out"]
        assert parcels.get(line["order_line_id"], 0) <= line["out"]


def assert_orders_are_whole() -> None:
    """INV 8, ORDER-002, ORDER-003, ORDER-006, ORDER-007: states, their history, what is held."""
    carts = Counter(Order.objects.values_list("cart_id", flat=True))
    assert max(carts.values(), default=1) == 1
    for order in Order.objects.prefetch_related("transitions", "lines"):
        parts = sum(line.total_amount for line in order.lines.all())
        assert parts == order.subtotal_amount
        assert order.total_amount == parts + order.shipping_amount + order.tax_amount
        assert (order.payment_status in PAID) == (order.paid_at is not None)
        if order.closed or order.fulfillment_status in GONE:
            assert stock.open_quantities(order_id=order.pk) == {}
        if order.status == "cancelled" and order.paid_at:
            assert order.payment_status == "refunded"
        chain = [(one.source, one.target) for one in order.transitions.all()]
        assert [source for source, _ in chain] == ["", *(target for _, target in chain[:-1])]
        for source, target in chain[1:]:
            assert source == target or target in TABLE[source]
        assert chain[-1][1] == order.status


def assert_money_agrees(provider: PretendProvider) -> None:
    """INV 2, ORDER-005, PAY-001, PAY-002: what is paid was taken, once, and exactly that much."""
    intents = list(PaymentIntent.objects.all())
    for status in ("processing", "succeeded"):
        counts = Counter(one.order_id for one in intents if one.status == status)
        assert max(counts.values(), default=0) <= 1
    totals = dict(Order.objects.values_list("pk", "total_amount"))
    for one in intents:
        assert one.amount == totals[one.order_id]
        if one.provider_reference and one.status == "succeeded":
            taken = provider.payments[one.provider_reference]
            assert (taken.state, taken.amount_received) == (ProviderState.SUCCEEDED, one.amount)
    paid_by = {one.order_id for one in intents if one.status == "succeeded"}
    assert set(Order.objects.exclude(paid_at=None).values_list("pk", flat=True)) <= paid_by


def assert_refunds_agree(provider: PretendProvider) -> None:
    """INV 3, ORDER-004, REF-003, REF-005, REF-007, REF-008."""
    for order in Order.objects.all():
        refunds = list(Refund.objects.filter(order_id=order.pk).prefetch_related("events"))
        for refund in refunds:
            _assert_history(refund)
            _assert_known_to(provider, refund)
        kept = sum(one.amount for one in refunds if one.is_kept)
        assert kept <= order.total_amount
        ours = [one for one in refunds if one.status in IN_FLIGHT and one.source == "shop"]
        if all(one.source == "shop" for one in refunds):
            assert kept + sum(one.amount for one in ours) <= order.total_amount
        if order.paid_at and not any(one.reversed_at for one in refunds):
            is_whole, is_part = kept == order.total_amount, 0 < kept < order.total_amount
            expected = "refunded" if is_whole else "partially_refunded" if is_part else "paid"
            assert order.payment_status == expected


def _assert_history(refund: Refund) -> None:
    """Each step is one of the table, and the last one is where it stands."""
    steps = [one.step for one in refund.events.all() if one.step in REFUND.transitions]
    assert steps[0] == "requested"
    for source, target in itertools.pairwise(steps):
        assert target in REFUND.transitions[source]
    assert steps[-1] == refund.status
    if refund.needs_approval and "approved" in steps:
        assert refund.approved_by
        assert refund.approved_by != refund.requested_by


def _assert_known_to(provider: PretendProvider, refund: Refund) -> None:
    if refund.is_kept:
        assert refund.provider_reference is not None
        there = provider.refunds[refund.provider_reference]
        # It may have failed afterwards, and nobody has told us yet.
        assert there.state is not ProviderRefundState.PENDING
        assert there.amount == refund.amount


def assert_refunded_goods_agree() -> None:
    """REF-004, STOCK-005: nothing moves for a refund that has not succeeded, and never more than
    its lines say."""
    for refund in Refund.objects.prefetch_related("lines"):
        moves = StockMovement.objects.filter(
            reference_type="refund", reference_id=refund.public_id
        ).aggregate(back=Sum("on_hand_delta", default=0), free=Sum("reserved_delta", default=0))
        wanted: Counter[str] = Counter()
        for line in refund.lines.all():
            wanted[line.restock] += line.quantity
        if refund.status != "succeeded":
            assert moves == {"back": 0, "free": 0}
        else:
            assert moves["back"] in (0, wanted["returned"])
            assert moves["free"] <= 0


def assert_books_agree() -> None:
    """FIN-001, FIN-002, FIN-003, FIN-005: credits − debits is what the shop has of an order."""
    for order in Order.objects.all():
        booked = FinancialTransaction.objects.filter(financial_order__order_id=order.pk)
        sums: dict[str, Any] = dict(booked.values_list("kind").annotate(sum=Sum("amount")))
        refunds = list(Refund.objects.filter(order_id=order.pk, status="succeeded"))
        if not order.paid_at:
            assert sums == {}
            continue
        kept = sum(one.amount for one in refunds if one.is_kept)
        assert sums.get("credit", 0) - sums.get("debit", 0) == order.total_amount - kept
        assert booked.filter(kind="debit").count() == len(refunds)
        assert CreditNote.objects.filter(order_id=order.pk).count() == len(refunds)
        assert Invoice.objects.filter(order_id=order.pk).count() <= 1
    for model in (Invoice, CreditNote):
        numbers = model.objects.order_by("sequence").values_list("sequence", flat=True)
        assert list(numbers) == list(range(1, len(numbers) + 1))


def assert_all_is_settled(provider: PretendProvider) -> None:
    """On a quiet system nothing is missing: INV 2, INV 3 and INV 5 both ways."""
    paid = Order.objects.exclude(paid_at=None)
    assert Invoice.objects.count() == paid.count()
    intents = {one.provider_reference: one for one in PaymentIntent.objects.all()}
    for reference, payment in provider.payments.items():
        ours = intents[reference]
        if payment.state is ProviderState.SUCCEEDED:
            is_settled = paid.filter(pk=ours.order_id).exists()
            assert is_settled or ours.flag, "money that nobody knows of"
        else:
            assert ours.status != "succeeded"
    known = {one.provider_reference: one for one in Refund.objects.all()}
    for reference, refund in provider.refunds.items():
        ours_too = known[reference]
        assert ours_too.is_kept == (refund.state is ProviderRefundState.SUCCEEDED)
        assert (ours_too.status == "processing") == (refund.state is ProviderRefundState.PENDING)
