from datetime import datetime
from uuid import UUID

from apps.orders import selectors as orders
from apps.payments import selectors as payments
from apps.refunds import selectors
from apps.refunds.models import Refund
from apps.refunds.services._write_orphan_refund import write_orphan_refund
from apps.shared.db import owns_transaction

MOST_FAILURES = 5


@owns_transaction
def open_orphan_refund(
    *, payment_id: UUID, amount: int, currency: str, now: datetime
) -> Refund | None:
    """Begin to give a flagged payment's money back, once per payment (PAY-008).

    `amount` and `currency` are what the provider holds, in minor units. None: that is under way
    already, was done, or has failed five times: from then on only a person tries again.

    Raises PaymentNotFound, OrderNotFound.
    """
    orders.order_for_update(order_id=payments.order_of_intent(intent_id=payment_id))
    failed = selectors.failed_orphan_refunds(payment_id=payment_id)
    if len(failed) >= MOST_FAILURES:
        return None
    return write_orphan_refund(
        payment_id=payment_id,
        amount=amount,
        currency=currency,
        retry_of=failed[0] if failed else None,
        now=now,
    )
