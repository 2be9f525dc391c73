from datetime import datetime
from typing import Any
from uuid import UUID

from apps.finance import selectors as finance
from apps.finance.dto import IssuedInvoice
from apps.notifications.dto import Attachment
from apps.notifications.services._queue_message import queue_message
from apps.shared.db import owns_transaction
from apps.shared.localised import money_text, percent_text
from apps.shared.money import Money
from apps.shared.text import one_line

KIND = "order_confirmation"


@owns_transaction
def queue_order_confirmation(*, order_id: UUID, now: datetime) -> UUID:
    """Write the buyer's confirmation of a paid order, once; a repetition returns the first one.

    All it says, and the attached PDF, come from the order's invoice.

    Raises InvoiceNotFound.
    """
    invoice = finance.invoice_of_order(order_id=order_id)
    return queue_message(
        kind=KIND,
        about=order_id,
        recipient=invoice.document.order.buyer.email,
        context=_context(invoice),
        attachment=Attachment(
            path=invoice.document_path, name=f"{invoice.number}.pdf", mimetype="application/pdf"
        ),
        now=now,
    )


def _context(invoice: IssuedInvoice) -> dict[str, Any]:
    """Everything that others typed is on one line: it cannot pose as a part of the mail."""
    document = invoice.document
    order, language = document.order, document.language
    included_tax = order.included_tax_amount and (
        order.included_tax_amount - document.reduction_tax_amount
    )

    def money(amount: int) -> str:
        return money_text(Money(amount, order.currency), language=language)

    rate = percent_text(order.tax_rate_bp, language=language)
    sums = [
        ("Subtotal", order.subtotal_amount, True),
        ("Discount", -order.discount_amount, bool(order.discount_amount)),
        ("Shipping", order.shipping_amount, bool(order.shipping.name or order.shipping_amount)),
        (f"Tax ({rate})", order.tax_amount, bool(order.tax_amount)),
        ("Not charged", -document.reduction_amount, bool(document.reduction_amount)),
    ]
    return {
        "shop_name": one_line(invoice.document.seller.name),
        "buyer_name": one_line(order.buyer.name),
        "order_number": order.order_number,
        "invoice_number": invoice.number,
        "lines": [
            {
                "quantity": line.quantity,
                "title": one_line(line.title),
                "variant_title": one_line(line.variant_title),
                "total": money(line.total_amount),
            }
            for line in order.lines
        ],
        "sums": [(label, money(amount)) for label, amount, shown in sums if shown],
        "total": money(document.due_amount),
        "included_tax": money(included_tax) if included_tax else "",
    }
