import logging
from datetime import datetime
from uuid import UUID

from apps.finance import selectors
from apps.finance.errors import DisputeLossNotBooked
from apps.finance.models import FinancialTransaction
from apps.finance.states import TransactionKind
from apps.shared.db import joins_transaction
from apps.shared.ids import public_id

logger = logging.getLogger(__name__)


@joins_transaction
def reinstate_dispute_loss(*, order_id: UUID, booking_id: UUID, now: datetime) -> None:
    """The provider gave back what it had taken: a credit as large as the debit, once (FIN-005).

    Raises FinancialOrderNotFound, DisputeLossNotBooked.
    """
    order = selectors.financial_order_for_update(order_id=order_id)
    booked = {one.kind: one for one in order.transactions.filter(source_id=booking_id)}
    debit = booked.get(TransactionKind.DEBIT)
    if debit is None:
        raise DisputeLossNotBooked(order=public_id("ord", order_id))
    if TransactionKind.CREDIT in booked:
        return
    FinancialTransaction.objects.create(
        financial_order=order,
        kind=TransactionKind.CREDIT,
        amount=debit.amount,
        currency=debit.currency,
        source_id=booking_id,
        is_dispute=True,
        created_at=now,
    )
    logger.warning(
        "financial_order.dispute_won",
        extra={"order": public_id("ord", order_id), "amount": debit.amount},
    )
