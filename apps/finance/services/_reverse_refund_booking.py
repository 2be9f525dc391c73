import logging
from datetime import datetime
from uuid import UUID

from apps.finance import selectors
from apps.finance.errors import RefundNotBooked
from apps.finance.models import FinancialTransaction
from apps.finance.states import TransactionKind
from apps.shared.db import joins_transaction
from apps.shared.ids import public_id

logger = logging.getLogger(__name__)


@joins_transaction
def reverse_refund_booking(*, order_id: UUID, refund_id: UUID, now: datetime) -> None:
    """The provider took a refund back: a credit as large as its debit, once (R4).

    Credits − debits is again what the shop has (FIN-005). The credit note stands: documents never
    change (FIN-004), and whether it needs another document is for a person to decide.

    Raises FinancialOrderNotFound, RefundNotBooked.
    """
    order = selectors.financial_order_for_update(order_id=order_id)
    debit = order.transactions.filter(kind=TransactionKind.DEBIT, source_id=refund_id).first()
    if debit is None:
        raise RefundNotBooked(refund=public_id("ref", refund_id))
    credits = order.transactions.filter(kind=TransactionKind.CREDIT, source_id=refund_id)
    if credits.exists():
        return
    FinancialTransaction.objects.create(
        financial_order=order,
        kind=TransactionKind.CREDIT,
        amount=debit.amount,
        currency=debit.currency,
        source_id=refund_id,
        created_at=now,
    )
    logger.warning(
        "financial_order.refund_reversed",
        extra={
            "order": public_id("ord", order_id),
            "refund": public_id("ref", refund_id),
            "amount": debit.amount,
        },
    )
