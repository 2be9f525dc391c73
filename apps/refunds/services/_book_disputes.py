import logging
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from apps.finance import selectors as books
from apps.finance import services as finance
from apps.orders import selectors as orders
from apps.payments import selectors as payments
from apps.payments import services as payment_services
from apps.payments.states import DisputeStatus, IntentStatus
from apps.refunds.errors import PaymentNotSettled
from apps.shared.db import joins_transaction
from apps.shared.ids import new_id, public_id

if TYPE_CHECKING:
    from apps.orders.models import Order
    from apps.payments.models import PaymentDispute

logger = logging.getLogger(__name__)


@joins_transaction
def book_disputes(*, order_id: UUID, now: datetime) -> None:
    """Bring the books of an order in line with what became of its disputes (FIN-005).

    Money of one that is lost is debited, once, and credited again when it is won after all. No more
    is taken back than is left of what was captured: a refund that the provider made of a claim is
    on the books as that. Money that never paid its order was not booked, and is not taken off.

    Asked for whenever a dispute changes, and when its payment succeeds afterwards.

    Raises OrderNotFound; PaymentNotSettled when the payment has succeeded and its order is not paid
    yet: to be told again.
    """
    order = orders.order_for_update(order_id=order_id)
    for dispute in payments.disputes_of_order_for_update(order_id=order_id):
        if not _is_booked(dispute.payment_id):
            continue
        if dispute.status == DisputeStatus.LOST and dispute.booking_id is None:
            _debit(order, dispute, now)
        elif dispute.status == DisputeStatus.WON and dispute.booking_id is not None:
            finance.reinstate_dispute_loss(
                order_id=order_id, booking_id=dispute.booking_id, now=now
            )
            payment_services.note_dispute_booking(dispute=dispute, booking_id=None)


def _is_booked(payment_id: UUID) -> bool:
    """Raises PaymentNotSettled."""
    if books.is_payment_booked(payment_intent_id=payment_id):
        return True
    intent = payments.intent_by_id(intent_id=payment_id)
    if intent.status == IntentStatus.SUCCEEDED and not intent.flag:
        raise PaymentNotSettled(payment=intent.public_id)
    return False


def _debit(order: "Order", dispute: "PaymentDispute", now: datetime) -> None:
    amount = min(dispute.lost_amount, books.balance_of_order(order_id=order.pk))
    is_ours = dispute.currency == order.currency
    if amount != dispute.lost_amount or not is_ours:
        logger.error(
            "dispute.exceeds_captured",
            extra={
                "order": public_id("ord", order.pk),
                "amount": dispute.lost_amount,
                "currency": dispute.currency,
                "booked": amount if is_ours else 0,
            },
        )
    if amount <= 0 or not is_ours:
        return
    booking_id = new_id()
    finance.record_dispute_loss(
        order_id=order.pk, booking_id=booking_id, amount=amount, currency=order.currency, now=now
    )
    payment_services.note_dispute_booking(dispute=dispute, booking_id=booking_id, amount=amount)
