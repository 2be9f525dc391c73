import logging
from datetime import datetime
from uuid import UUID

from apps.finance import selectors
from apps.finance.dto import CreditNoteContent
from apps.finance.errors import FinancialAmountMismatch, RefundBookingDiffers
from apps.finance.models import FinancialTransaction
from apps.finance.services._issue_credit_note import issue_credit_note
from apps.finance.states import TransactionKind
from apps.shared.db import joins_transaction
from apps.shared.ids import public_id

logger = logging.getLogger(__name__)


@joins_transaction
def record_refund(
    *,
    order_id: UUID,
    refund_id: UUID,
    amount: int,
    currency: str,
    content: CreditNoteContent,
    now: datetime,
) -> None:
    """Book one refund of `amount` minor units, in the transaction that makes it succeeded.

    FIN-002: one debit per refund, and its credit note with it; a repetition changes nothing.

    Raises FinancialOrderNotFound, FinancialAmountMismatch when the currency is another or more
    would be debited than was credited, RefundBookingDiffers; nothing is written then.
    """
    order = selectors.financial_order_for_update(order_id=order_id)
    booked = order.transactions.filter(kind=TransactionKind.DEBIT, source_id=refund_id).first()
    if booked is not None:
        if booked.amount != amount:
            raise RefundBookingDiffers(booked=booked.amount, amount=amount)
        return
    left = selectors.balance_of(order)
    if currency != order.currency or amount > left or content.total_amount != amount:
        raise FinancialAmountMismatch(
            order=public_id("ord", order_id), amount=amount, currency=currency, left=left
        )
    FinancialTransaction.objects.create(
        financial_order=order,
        kind=TransactionKind.DEBIT,
        amount=amount,
        currency=currency,
        source_id=refund_id,
        created_at=now,
    )
    issue_credit_note(order=order, refund_id=refund_id, content=content, now=now)
    logger.info(
        "financial_order.refunded",
        extra={
            "order": public_id("ord", order_id),
            "refund": public_id("ref", refund_id),
            "amount": amount,
        },
    )
