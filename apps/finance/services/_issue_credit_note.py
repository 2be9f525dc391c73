import logging
from dataclasses import replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.finance import selectors
from apps.finance.dto import (
    CreditNoteContent,
    CreditNoteDocument,
    InvoiceContent,
    InvoiceLine,
    InvoiceShipping,
)
from apps.finance.events import CreditNoteIssued
from apps.finance.models import CreditNote, FinancialOrder
from apps.finance.services._take_document_number import take_document_number
from apps.finance.states import DocumentKind
from apps.shared.db import joins_transaction
from apps.shared.ids import public_id
from apps.shared.outbox.emit import emit
from apps.shop import selectors as shop_selectors

logger = logging.getLogger(__name__)


@joins_transaction
def issue_credit_note(
    *, order: FinancialOrder, refund_id: UUID, content: CreditNoteContent, now: datetime
) -> UUID:
    """Give a refund of a locked financial order its credit note: number and content, for good.

    FIN-003: numbers count per year, on their own, as those of invoices do.
    """
    shop = shop_selectors.shop_settings()
    zone = ZoneInfo(shop.time_zone)
    invoice_number = selectors.invoice_number_of(order_id=order.order_id)
    taken = take_document_number(kind=DocumentKind.CREDIT_NOTE, time_zone=zone, now=now)
    document = CreditNoteDocument(
        number=taken.number,
        issued_at=taken.issued_at.isoformat(),
        issued_on=taken.issued_at.astimezone(zone).date().isoformat(),
        invoice_number=invoice_number,
        language=shop.language,
        seller=selectors.seller(),
        credited=_credited(InvoiceContent.from_json(order.content), content),
    )
    note = CreditNote.objects.create(
        order_id=order.order_id,
        refund_id=refund_id,
        order_number=order.order_number,
        year=taken.year,
        sequence=taken.sequence,
        number=taken.number,
        currency=order.currency,
        total_amount=content.total_amount,
        content=document.to_json(),
        issued_at=taken.issued_at,
    )
    issued = CreditNoteIssued(
        credit_note_id=str(note.pk),
        order_id=str(order.order_id),
        refund_id=str(refund_id),
        number=note.number,
    )
    emit(issued, now=now)
    logger.info(
        "credit_note.issued", extra={"number": note.number, "refund": public_id("ref", refund_id)}
    )
    return note.pk


def _credited(order: InvoiceContent, content: CreditNoteContent) -> InvoiceContent:
    """What is taken back, written as the invoice was: tax in the amounts, or beside them."""
    beside = 0 if order.prices_include_tax else 1
    lines = _lines(content, beside)
    shipping = content.shipping_amount - beside * content.shipping_tax_amount
    tax = beside * content.tax_amount
    return replace(
        order,
        lines=lines,
        shipping=InvoiceShipping(
            name=order.shipping.name if content.shipping_amount else "", amount=shipping
        ),
        subtotal_amount=content.total_amount - shipping - tax,
        discount_amount=0,
        shipping_amount=shipping,
        tax_amount=tax,
        total_amount=content.total_amount,
        included_tax_amount=content.tax_amount - tax,
    )


def _lines(content: CreditNoteContent, beside: int) -> tuple[InvoiceLine, ...]:
    """The goods, and what was refunded besides. Unit prices are not told: pieces share an amount
    that may not divide."""
    lines = [
        InvoiceLine(
            sku=line.sku,
            title=line.title,
            variant_title=line.variant_title,
            quantity=line.quantity,
            unit_price_amount=0,
            tax_amount=line.tax_amount,
            total_amount=line.amount - beside * line.tax_amount,
        )
        for line in content.lines
    ]
    tax = content.tax_amount - content.shipping_tax_amount - sum(one.tax_amount for one in lines)
    if content.other_amount:
        lines.append(
            InvoiceLine(
                sku="",
                title="Refund",
                variant_title="",
                quantity=1,
                unit_price_amount=0,
                tax_amount=tax,
                total_amount=content.other_amount - beside * tax,
            )
        )
    return tuple(lines)
