from datetime import datetime
from typing import TYPE_CHECKING

from apps.finance import services as finance
from apps.finance.dto import CreditedLine, CreditNoteContent
from apps.refunds.models import Refund
from apps.shared.db import joins_transaction

if TYPE_CHECKING:
    from apps.orders.models import Order


@joins_transaction
def book_refund(*, order: "Order", refund: Refund, now: datetime) -> None:
    """Debit and credit note of a refund that has succeeded (FIN-002).

    Raises FinancialOrderNotFound, FinancialAmountMismatch.
    """
    finance.record_refund(
        order_id=order.pk,
        refund_id=refund.pk,
        amount=refund.amount,
        currency=refund.currency,
        content=_content(order, refund),
        now=now,
    )


def _content(order: "Order", refund: Refund) -> CreditNoteContent:
    ordered = {line.pk: line for line in order.lines.all()}
    lines = tuple(
        CreditedLine(
            sku=ordered[line.order_line_id].sku,
            title=ordered[line.order_line_id].title,
            variant_title=ordered[line.order_line_id].variant_title,
            quantity=line.quantity,
            amount=line.amount,
            tax_amount=line.tax_amount,
        )
        for line in refund.lines.all()
    )
    return CreditNoteContent(
        lines=lines,
        shipping_amount=refund.shipping_amount,
        shipping_tax_amount=refund.shipping_tax_amount,
        other_amount=refund.other_amount,
        tax_amount=refund.tax_amount,
        total_amount=refund.amount,
    )
