import logging
from datetime import datetime
from uuid import UUID

from apps.finance import selectors
from apps.finance.errors import FinancialAmountMismatch
from apps.finance.models import FinancialTransaction
from apps.finance.states import TransactionKind
from apps.shared.db import joins_transaction
from apps.shared.ids import public_id

logger = logging.getLogger(__name__)


@joins_transaction
def record_dispute_loss(
    *, order_id: UUID, booking_id: UUID, amount: int, currency: str, now: datetime
) -> None:
    """Book what a provider took back for a dispute that was lost, once per `booking_id` (FIN-005).

    No document is issued: the shop has credited nothing to its customer.

    Raises FinancialOrderNotFound, FinancialAmountMismatch when the currency is another or more
    would be debited than was credited; nothing is written then.
    """
    order = selectors.financial_order_for_update(order_id=order_id)
    if order.transactions.filter(kind=TransactionKind.DEBIT, source_id=booking_id).exists():
        return
    left = selectors.balance_of(order)
    if currency != order.currency or not 0 < amount <= left:
        raise FinancialAmountMismatch(
            order=public_id("ord", order_id), amount=amount, currency=currency, left=left
        )
    FinancialTransaction.objects.create(
        financial_order=order,
        kind=TransactionKind.DEBIT,
        amount=amount,
        currency=currency,
        source_id=booking_id,
        is_dispute=True,
        created_at=now,
    )
    logger.warning(
        "financial_order.dispute_lost",
        extra={"order": public_id("ord", order_id), "amount": amount, "currency": currency},
    )
