import logging
from datetime import datetime
from uuid import UUID

from apps.finance import selectors
from apps.finance.errors import FinancialAmountMismatch
from apps.finance.models import FinancialTransaction
from apps.finance.states import FinancialOrderStatus, TransactionKind
from apps.shared.db import joins_transaction
from apps.shared.fast_rows import add
from apps.shared.ids import public_id

logger = logging.getLogger(__name__)


@joins_transaction
def record_payment(
    *,
    order_id: UUID,
    payment_intent_id: UUID,
    amount: int,
    currency: str,
    reduction_amount: int = 0,
    now: datetime,
) -> None:
    """Book one payment of `amount` minor units, in the transaction that makes its order paid.

    `reduction_amount` is what was not captured of the locked total, and is not charged. FIN-002:
    one credit per intent; a repetition with the same intent changes nothing.

    Raises FinancialOrderNotFound, FinancialAmountMismatch when both are not the locked total, and
    InvalidTransition when another intent has paid the order; nothing is written then.
    """
    order = selectors.financial_order_for_update(order_id=order_id)
    if (amount + reduction_amount, currency) != (order.total_amount, order.currency):
        raise FinancialAmountMismatch(
            order=public_id("ord", order_id),
            expected_amount=order.total_amount,
            expected_currency=order.currency,
            amount=amount,
            currency=currency,
        )
    if selectors.is_payment_booked(payment_intent_id=payment_intent_id):
        return
    order.move_to(FinancialOrderStatus.PAID, now=now, reduction_amount=reduction_amount)
    credit = FinancialTransaction(
        financial_order_id=order.pk,
        kind=TransactionKind.CREDIT,
        amount=amount,
        currency=currency,
        source_id=payment_intent_id,
        created_at=now,
    )
    add(credit)
    logger.info(
        "financial_order.paid",
        extra={
            "order": public_id("ord", order_id),
            "payment": public_id("pay", payment_intent_id),
            "amount": amount,
            "currency": currency,
        },
    )
