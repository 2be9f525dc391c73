"""Reading the books."""

from uuid import UUID

from apps.shared.money import Money

from .dto import InvoiceDocument, IssuedInvoice
from .errors import FinancialOrderNotFound, InvoiceNotFound
from .models import DocumentSequence, FinancialOrder, Invoice
from .states import DocumentKind


def financial_order_for_update(*, order_id: UUID) -> FinancialOrder:
    """The order's locked totals, with the row locked. Raises FinancialOrderNotFound."""
    try:
        return FinancialOrder.objects.select_for_update(of=("self",)).get(order_id=order_id)
    except FinancialOrder.DoesNotExist:
        raise FinancialOrderNotFound(order_id=str(order_id)) from None


def document_sequence_for_update(*, kind: DocumentKind, year: int) -> DocumentSequence:
    """The counter of that kind and year, with the row locked; made at its first use."""
    DocumentSequence.objects.bulk_create(
        [DocumentSequence(kind=kind, year=year)], ignore_conflicts=True
    )
    return DocumentSequence.objects.select_for_update(of=("self",)).get(kind=kind, year=year)


def invoice_for_update(*, invoice_id: UUID) -> Invoice:
    """The invoice, with the row locked. Raises InvoiceNotFound."""
    try:
        return Invoice.objects.select_for_update(of=("self",)).get(pk=invoice_id)
    except Invoice.DoesNotExist:
        raise InvoiceNotFound(invoice_id=str(invoice_id)) from None


def issued_invoice(*, invoice_id: UUID) -> IssuedInvoice:
    """The invoice with this id. Raises InvoiceNotFound."""
    return _issued(Invoice.objects.filter(pk=invoice_id).first())


def invoice_of_order(*, order_id: UUID) -> IssuedInvoice:
    """The order's one invoice. Raises InvoiceNotFound."""
    return _issued(Invoice.objects.filter(order_id=order_id).first())


def _issued(row: Invoice | None) -> IssuedInvoice:
    if row is None:
        raise InvoiceNotFound
    return IssuedInvoice(
        id=row.pk,
        order_id=row.order_id,
        number=row.number,
        issued_at=row.issued_at,
        total=Money(row.total_amount, row.currency),
        document_path=row.document_path,
        document_sha256=row.document_sha256,
        document=InvoiceDocument.from_json(row.content),
    )
