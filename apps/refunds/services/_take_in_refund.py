import logging
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from apps.finance import selectors as books
from apps.payments import selectors as payments
from apps.refunds import selectors
from apps.refunds.dto import ReportedRefund
from apps.refunds.errors import PaymentNotSettled
from apps.refunds.models import Refund
from apps.refunds.shares import tax_of_amount
from apps.refunds.states import RefundReason, RefundSource, RefundStatus
from apps.shared.db import joins_transaction
from apps.shared.ids import new_id, public_id

if TYPE_CHECKING:
    from apps.orders.models import Order

logger = logging.getLogger(__name__)
_ACTOR = "provider"


@joins_transaction
def take_in_refund(*, order: "Order", reported: ReportedRefund, now: datetime) -> Refund:
    """Write down a refund of a locked order that was made at the provider's dashboard (REF-006).

    The money is on its way already: nobody is asked, no goods are named, no stock moves. It is left
    in processing, for its outcome to be applied. Money of a payment that never paid the order is
    none of the order's (PAY-008).

    Raises PaymentNotSettled.
    """
    is_booked = books.is_payment_booked(payment_intent_id=reported.payment_id)
    if not is_booked and not _is_orphan(reported.payment_id):
        raise PaymentNotSettled(payment=public_id("pay", reported.payment_id))
    taken = selectors.taken_of_order(order_id=order.pk)
    parts = selectors.parts_of_order(order=order)
    tax = tax_of_amount(reported.amount, parts, taken) if is_booked else 0
    refund_id = new_id()
    refund = Refund.objects.create(
        id=refund_id,
        order_id=order.pk,
        payment_id=reported.payment_id,
        source=RefundSource.PROVIDER,
        is_orphan=not is_booked,
        currency=reported.currency,
        amount=reported.amount,
        other_amount=reported.amount,
        tax_amount=tax,
        reason=RefundReason.OTHER,
        note="Made at the provider.",
        requested_by=_ACTOR,
        provider_key=f"{public_id('ref', refund_id)}:none",
        provider_reference=reported.provider_reference,
        created_at=now,
        updated_at=now,
    )
    refund.events.create(step=refund.status, actor=_ACTOR, why=refund.note, at=now)
    refund.move_to(RefundStatus.APPROVED, actor=_ACTOR, now=now, decided_at=now)
    refund.move_to(RefundStatus.PROCESSING, actor=_ACTOR, now=now)
    logger.warning(
        "refund.taken_in",
        extra={"refund": refund.public_id, "reference": reported.provider_reference},
    )
    return refund


def _is_orphan(payment_id: UUID) -> bool:
    return bool(payments.intent_by_id(intent_id=payment_id).flag)
