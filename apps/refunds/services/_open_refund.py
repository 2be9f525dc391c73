from datetime import datetime
from typing import TYPE_CHECKING

from apps.orders.states import OrderStatus
from apps.payments import selectors as payments
from apps.refunds import selectors
from apps.refunds.dto import Wanted
from apps.refunds.errors import NotRefundable, RefundExceedsCaptured
from apps.refunds.goods import refuse_impossible_restock
from apps.refunds.models import Refund, RefundLine
from apps.refunds.services._accept_refund import accept_refund
from apps.refunds.services._record_request import record_request
from apps.refunds.shares import AllTaken, Shares, shares_of
from apps.shared import context
from apps.shared.audit.record import Target, record
from apps.shared.db import joins_transaction
from apps.shared.ids import new_id, public_id
from apps.shop import selectors as shop

if TYPE_CHECKING:
    from apps.orders.models import Order
    from apps.payments.models import PaymentIntent

REFUNDABLE = frozenset(
    {
        OrderStatus.PAID,
        OrderStatus.PACKED,
        OrderStatus.SHIPPED,
        OrderStatus.DELIVERED,
        OrderStatus.FULFILLED,
        OrderStatus.PARTIALLY_REFUNDED,
    }
)


@joins_transaction
def open_refund(
    *,
    order: "Order",
    wanted: Wanted,
    now: datetime,
    cancels_order: bool = False,
    retry_of: Refund | None = None,
) -> Refund:
    """Price and write down a refund of a locked order; up to the shop's threshold, approve it.

    The order's lock makes REF-003 and REF-005 hold: who comes second sees what the first one holds.
    What the provider reversed may be given back again, even of an order that is final (R4).

    Raises NotRefundable (REF-001), RefundAmountInvalid (REF-002), RefundExceedsCaptured (REF-003),
    RefundQuantityInvalid, RefundLineUnknown, RestockImpossible.
    """
    gives_again = retry_of is not None and retry_of.reversed_at is not None
    payment = payments.captured_intent(order_id=order.pk)
    if payment is None or (order.status not in REFUNDABLE and not gives_again):
        raise NotRefundable(order_status=order.status)
    taken = selectors.taken_of_order(order_id=order.pk)
    shares = _priced(order, payment, wanted, taken)
    refuse_impossible_restock(order=order, lines=wanted.lines)
    refund_id = new_id()
    refund = Refund.objects.create(
        id=refund_id,
        order_id=order.pk,
        payment_id=payment.pk,
        currency=order.currency,
        amount=shares.amount,
        shipping_amount=shares.shipping_amount,
        shipping_tax_amount=shares.shipping_tax,
        other_amount=shares.other_amount,
        tax_amount=shares.tax,
        reason=wanted.reason,
        note=wanted.note[:500],
        cancels_order=cancels_order,
        retry_of=retry_of,
        needs_approval=_is_over_threshold(taken.whole.amount + shares.amount),
        requested_by=context.actor.get(),
        provider_key=f"{public_id('ref', refund_id)}:create",
        created_at=now,
        updated_at=now,
    )
    _write_lines(refund, shares)
    record_request(refund=refund, now=now)
    if not refund.needs_approval:
        accept_refund(refund=refund, by="", now=now)
    _audit(refund, now)
    return refund


def _is_over_threshold(amount: int) -> bool:
    """What is given back of an order in all: many small refunds are one large one (REF-005)."""
    threshold = shop.shop_settings().refund_approval_threshold_amount
    return threshold is not None and amount > threshold


def _priced(order: "Order", payment: "PaymentIntent", wanted: Wanted, taken: AllTaken) -> Shares:
    shares = shares_of(wanted, selectors.parts_of_order(order=order), taken)
    lost = payments.taken_back(payment_id=payment.pk)
    left = payment.amount_captured - lost - taken.whole.amount
    if shares.amount > left:
        raise RefundExceedsCaptured(amount=shares.amount, refundable=left)
    return shares


def _write_lines(refund: Refund, shares: Shares) -> None:
    RefundLine.objects.bulk_create(
        RefundLine(
            refund=refund,
            order_line_id=line.wanted.order_line_id,
            quantity=line.wanted.quantity,
            amount=line.amount,
            tax_amount=line.tax,
            restock=line.wanted.restock,
        )
        for line in shares.lines
    )


def _audit(refund: Refund, now: datetime) -> None:
    record(
        action="refunds.refund_requested",
        target=Target("refund", refund.public_id),
        after={
            "order": public_id("ord", refund.order_id),
            "amount": refund.amount,
            "currency": refund.currency,
            "status": refund.status,
            "cancels_order": refund.cancels_order,
            "retry_of": refund.retry_of.public_id if refund.retry_of else None,
        },
        why=refund.note,
        now=now,
    )
