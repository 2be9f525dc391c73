from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from apps.finance import selectors as books
from apps.finance import services as finance
from apps.inventory import services as inventory
from apps.inventory.dto import Reference
from apps.orders import selectors as orders
from apps.orders import services as order_services
from apps.orders.states import PaymentStatus
from apps.refunds import selectors
from apps.refunds.inquiries import status_for
from apps.refunds.models import Refund
from apps.refunds.services._book_refund import book_refund
from apps.refunds.states import BOOKED
from apps.shared.audit.record import Target
from apps.shared.db import owns_transaction
from apps.shared.mending import Difference, NotMendable, record_mend

if TYPE_CHECKING:
    from apps.orders.models import Order

_BEHIND = {
    PaymentStatus.PAID: (PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED),
    PaymentStatus.PARTIALLY_REFUNDED: (PaymentStatus.REFUNDED,),
}


@owns_transaction
def mend_refund_totals(
    *, order_id: UUID, now: datetime, dry_run: bool = False
) -> Difference | None:
    """Bring an order and its books in line with its refunds that succeeded (REF-007, FIN-002).

    The refunds are the truth: each is what the provider said. Missing debits, missing reversals of
    reversed ones and a payment status that lags behind are made up for. With `dry_run` all is done
    and then rolled back. None: all agree.

    Raises OrderNotFound; NotMendable when books or order say more than the refunds do, which no
    rule may take back.
    """
    order = orders.order_for_update(order_id=order_id)
    before = _said(order)
    done = selectors.succeeded_refunds_of_order(order_id=order_id)
    if order.payment_status not in BOOKED:
        if done:
            raise NotMendable("money was given back of an order that is not paid")
        return None
    _mend_books(order, done, now)
    _mend_order(order, done, now)
    order.refresh_from_db()
    after = _said(order)
    if after == before:
        return None
    difference = Difference(
        target=Target("order", order.public_id),
        label=f"order {order.number}, {order.due_amount} {order.currency}",
        before=before,
        after=after,
        why="the refunds that succeeded",
    )
    record_mend(repair="refunds", difference=difference, now=now)
    if dry_run:
        transaction.set_rollback(True)
    return difference


def _said(order: "Order") -> dict[str, object]:
    """What refunds, books and order say was given back."""
    booked = books.refund_bookings(order_id=order.pk).values()
    return {
        "given_back": selectors.given_back(order_id=order.pk),
        "debits": sum(one.debit for one in booked),
        "reversals": sum(one.reversal for one in booked),
        "payment_status": order.payment_status,
        "status": order.status,
    }


def _mend_books(order: "Order", done: list[Refund], now: datetime) -> None:
    bookings = books.refund_bookings(order_id=order.pk)
    if unknown := bookings.keys() - {refund.pk for refund in done}:
        raise NotMendable(f"{len(unknown)} debits are of no refund that succeeded")
    for refund in done:
        booking = bookings.get(refund.pk)
        if booking is None:
            book_refund(order=order, refund=refund, now=now)
        elif booking.debit != refund.amount:
            raise NotMendable(
                f"{refund.public_id} gave back {refund.amount}, the books say {booking.debit}"
            )
        if refund.reversed_at and not (booking and booking.reversal):
            finance.reverse_refund_booking(order_id=order.pk, refund_id=refund.pk, now=now)


def _mend_order(order: "Order", done: list[Refund], now: datetime) -> None:
    given_back = sum(refund.amount for refund in done if refund.is_kept)
    if given_back > order.due_amount:
        raise NotMendable(f"{given_back} of {order.due_amount} were given back (ORDER-004)")
    should_be = status_for(given_back, order.due_amount)
    if should_be == order.payment_status:
        return
    if should_be not in _BEHIND.get(PaymentStatus(order.payment_status), ()):
        # After a reversal that is so by decision (docs/adr/0011-refunds-that-come-back.md).
        if not any(refund.reversed_at for refund in done):
            raise NotMendable(
                f"the order is {order.payment_status}, its refunds come to {given_back}"
            )
        return
    order_services.mark_order_refunded(
        order_id=order.pk,
        refunded_amount=given_back,
        cancels=any(refund.cancels_order for refund in done if refund.is_kept),
        reason="repair",
        now=now,
    )
    if given_back == order.due_amount:
        reference = Reference("order", str(order.pk))
        inventory.release_stock(order_id=order.pk, reference=reference, now=now)
    order_services.finish_shipping(order_id=order.pk, now=now)
