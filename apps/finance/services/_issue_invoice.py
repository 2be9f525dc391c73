import logging
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.finance import selectors
from apps.finance.dto import InvoiceContent, InvoiceDocument
from apps.finance.errors import FinancialOrderNotPaid
from apps.finance.events import InvoiceIssued
from apps.finance.models import FinancialOrder, Invoice
from apps.finance.services._take_document_number import take_document_number
from apps.finance.states import DocumentKind
from apps.shared.db import owns_transaction
from apps.shared.fast_rows import add
from apps.shared.ids import public_id
from apps.shared.money import share
from apps.shared.outbox.emit import emit
from apps.shop import selectors as shop_selectors

logger = logging.getLogger(__name__)


@owns_transaction
def issue_invoice(*, order_id: UUID, now: datetime) -> UUID:
    """Give a paid order its invoice: the next number and all that it says, for good.

    FIN-001: an order has one invoice, a repetition returns the first one's id. FIN-003: the number
    counts per year in the shop's time zone; it is taken under a row lock in the transaction that
    writes the invoice, so that a rollback leaves no gap.

    Raises FinancialOrderNotFound, FinancialOrderNotPaid.
    """
    order = selectors.financial_order_for_update(order_id=order_id)
    if order.paid_at is None:
        raise FinancialOrderNotPaid(order=public_id("ord", order_id))
    issued = selectors.invoice_id_of(order_id=order_id)
    if issued is not None:
        return issued
    invoice = _write_invoice(order, paid_at=order.paid_at, now=now)
    event = InvoiceIssued(invoice_id=str(invoice.pk), order_id=str(order_id), number=invoice.number)
    emit(event, now=now)
    logger.info(
        "invoice.issued",
        extra={
            "invoice": invoice.public_id,
            "order": public_id("ord", order_id),
            "number": invoice.number,
        },
    )
    return invoice.pk


def _write_invoice(order: FinancialOrder, *, paid_at: datetime, now: datetime) -> Invoice:
    shop = shop_selectors.shop_settings()
    zone = ZoneInfo(shop.time_zone)
    taken = take_document_number(kind=DocumentKind.INVOICE, time_zone=zone, now=now)
    content = InvoiceContent.from_json(order.content)
    document = InvoiceDocument(
        number=taken.number,
        issued_at=taken.issued_at.isoformat(),
        issued_on=_day(taken.issued_at, zone),
        placed_on=_day(datetime.fromisoformat(content.placed_at), zone),
        paid_on=_day(paid_at, zone),
        language=shop.language,
        seller=selectors.seller(),
        order=content,
        reduction_amount=order.reduction_amount,
        reduction_tax_amount=_tax_in_reduction(order, content),
    )
    invoice = Invoice(
        order_id=order.order_id,
        order_number=order.order_number,
        year=taken.year,
        sequence=taken.sequence,
        number=taken.number,
        currency=order.currency,
        total_amount=order.due_amount,
        content=document.to_json(),
        issued_at=taken.issued_at,
    )
    add(invoice)
    return invoice


def _tax_in_reduction(order: FinancialOrder, content: InvoiceContent) -> int:
    """The tax follows the amount: what is charged keeps its share, the rest of the tax goes."""
    tax = content.tax_amount + content.included_tax_amount
    return tax - share(tax, part=order.due_amount, whole=order.total_amount)


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).date().isoformat()
