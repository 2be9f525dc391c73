from datetime import datetime
from uuid import UUID

from apps.finance import selectors as books
from apps.finance import services as finance
from apps.orders import selectors as orders
from apps.orders import services as order_services
from apps.orders.states import ORDER, OrderStatus
from apps.payments import services as payments
from apps.shared.db import joins_transaction


@joins_transaction
def settle_payment(
    *,
    order_id: UUID,
    payment_id: UUID,
    amount: int,
    currency: str,
    released_amount: int = 0,
    now: datetime,
) -> None:
    """A payment succeeded: the order becomes paid and the books say so, in one transaction.

    `amount` was captured; `released_amount` was agreed to as well, and not: the order is charged so
    much less (docs/adr/0033-captured-in-part.md).

    Money that came for an order which cannot take it any more (expired, cancelled) pays nothing
    here: the payment is flagged for refund (PAY-008). One that is on the books already is left
    alone, whatever became of its order since.

    Raises OrderNotFound.
    """
    order = orders.order_for_update(order_id=order_id)
    if OrderStatus.PAID not in ORDER.transitions[order.status]:
        if not books.is_payment_booked(payment_intent_id=payment_id):
            payments.flag_payment(intent_id=payment_id, flag="order_not_payable", now=now)
        return
    order_services.mark_order_paid(
        order_id=order_id, payment_id=payment_id, reduction_amount=released_amount, now=now
    )
    finance.record_payment(
        order_id=order_id,
        payment_intent_id=payment_id,
        amount=amount,
        currency=currency,
        reduction_amount=released_amount,
        now=now,
    )
