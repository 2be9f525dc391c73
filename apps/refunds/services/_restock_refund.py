from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.inventory import services as inventory
from apps.inventory.dto import LineQuantity, Reference
from apps.refunds import selectors
from apps.refunds.models import Refund
from apps.refunds.services._flag_refund import flag_refund
from apps.refunds.states import RefundFlag, Restock
from apps.shared.db import joins_transaction
from apps.shared.errors import DomainError


@joins_transaction
def restock_refund(*, refund: Refund, now: datetime) -> None:
    """Do with the goods what each line of a succeeded refund says (REF-004, STOCK-005).

    The money is gone whatever the stock says: where it does not fit (shipped meanwhile, back
    already) no stock moves, and the refund is flagged for a person (STOCK-003).
    """
    by_restock = selectors.quantities_by_restock(refund=refund)
    reference = Reference("refund", refund.public_id)
    try:
        with transaction.atomic():
            if lines := by_restock.get(Restock.RESERVED):
                inventory.release_line_stock(
                    order_id=refund.order_id, lines=_of(lines), reference=reference, now=now
                )
            if lines := by_restock.get(Restock.RETURNED):
                inventory.return_stock(
                    order_id=refund.order_id, lines=_of(lines), reference=reference, now=now
                )
    except DomainError as error:
        flag_refund(refund=refund, flag=RefundFlag.STOCK_NOT_MOVED, why=str(error), now=now)


def _of(lines: list[tuple[UUID, int]]) -> list[LineQuantity]:
    return [LineQuantity(line_id, quantity) for line_id, quantity in lines]
