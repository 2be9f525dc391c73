from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.finance import selectors as books
from apps.payments import services as payments
from apps.refunds import selectors
from apps.refunds.models import Refund
from apps.refunds.services._accept_refund import accept_refund
from apps.refunds.services._record_request import record_request
from apps.refunds.states import RefundReason
from apps.shared import context, metrics
from apps.shared.audit.record import Target, record
from apps.shared.db import joins_transaction
from apps.shared.ids import new_id, public_id


@joins_transaction
def write_orphan_refund(
    *,
    payment_id: UUID,
    amount: int,
    currency: str,
    retry_of: Refund | None,
    now: datetime,
    why: str = "",
) -> Refund | None:
    """Write down that a flagged payment of a locked order is given back, approved at once.

    Nobody approves it, whatever the amount: the money was never the shop's. A handler sends it
    after the commit. The payment, if it was under way, is closed and frees the order for another.
    None when there is nothing to give back (any more).

    Raises PaymentNotFound.
    """
    intent = payments.close_flagged_payment(intent_id=payment_id, now=now)
    is_booked = books.is_payment_booked(payment_intent_id=payment_id)
    if not intent.flag or is_booked or selectors.is_orphan_given_back(payment_id=payment_id):
        return None
    refund_id = new_id()
    refund = Refund.objects.create(
        id=refund_id,
        order_id=intent.order_id,
        payment_id=payment_id,
        currency=currency,
        amount=amount,
        other_amount=amount,
        reason=RefundReason.OTHER,
        note=f"No order can take this money: {intent.flag}. {why}".strip()[:500],
        is_orphan=True,
        retry_of=retry_of,
        requested_by=context.actor.get(),
        provider_key=f"{public_id('ref', refund_id)}:create",
        created_at=now,
        updated_at=now,
    )
    record_request(refund=refund, now=now)
    accept_refund(refund=refund, by="", now=now, why="never the shop's money")
    _audit(refund, intent.flag, now)
    transaction.on_commit(metrics.PAYMENTS_ORPHANED.labels(intent.flag).inc)
    return refund


def _audit(refund: Refund, flag: str, now: datetime) -> None:
    record(
        action="refunds.orphan_given_back",
        target=Target("payment", public_id("pay", refund.payment_id)),
        after={
            "refund": refund.public_id,
            "order": public_id("ord", refund.order_id),
            "amount": refund.amount,
            "currency": refund.currency,
            "flag": flag,
        },
        why=refund.note,
        now=now,
    )
