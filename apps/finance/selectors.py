"""Reading the books."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Sum

from apps.shared.fast_rows import Lookup, add_unless_there
from apps.shared.ids import public_id
from apps.shared.money import Money
from apps.shared.text import lines_of
from apps.shop import selectors as shop

from .dto import (
    CreditNoteDocument,
    InvoiceDocument,
    InvoiceSeller,
    IssuedCreditNote,
    IssuedInvoice,
    RefundBooking,
)
from .errors import CreditNoteNotFound, FinancialOrderNotFound, InvoiceNotFound
from .models import CreditNote, DocumentSequence, FinancialOrder, FinancialTransaction, Invoice
from .states import DocumentKind, TransactionKind

_LOCKED_BOOKS = Lookup(FinancialOrder, "order_id = %s FOR UPDATE")
_CREDIT = Lookup(FinancialTransaction, "kind = 'credit' AND source_id = %s")
_NUMBERED: dict[DocumentKind, Lookup[Any]] = {
    DocumentKind.INVOICE: Lookup(Invoice, "year = %s AND sequence = %s"),
    DocumentKind.CREDIT_NOTE: Lookup(CreditNote, "year = %s AND sequence = %s"),
}
_SEQUENCE = Lookup(DocumentSequence, "kind = %s AND year = %s FOR UPDATE")
_INVOICE = Lookup(Invoice, "id = %s")
_LOCKED_INVOICE = Lookup(Invoice, "id = %s FOR UPDATE")
_INVOICE_OF_ORDER = Lookup(Invoice, "order_id = %s")


def financial_order_for_update(*, order_id: UUID) -> FinancialOrder:
    """The order's locked totals, with the row locked. Raises FinancialOrderNotFound."""
    order = _LOCKED_BOOKS.first(order_id)
    if order is None:
        raise FinancialOrderNotFound(order=public_id("ord", order_id))
    return order


def booked_amounts(*, kind: TransactionKind, source_ids: Collection[UUID]) -> dict[UUID, int]:
    """What the books say of these payments (credits) or refunds (debits), in minor units."""
    found = FinancialTransaction.objects.filter(kind=kind, source_id__in=source_ids)
    return dict(found.values_list("source_id", "amount"))


def booking_times(*, source_id: UUID) -> list[datetime]:
    """When a payment or refund was booked: a refund once more when it was taken back."""
    found = FinancialTransaction.objects.filter(source_id=source_id).order_by("id")
    return list(found.values_list("created_at", flat=True))


def has_books(*, order_id: UUID) -> bool:
    """Whether this shop has such an order."""
    return FinancialOrder.objects.filter(order_id=order_id).exists()


def balance_of(order: FinancialOrder) -> int:
    """Credits − debits of the order, in minor units (FIN-005)."""
    rows = order.transactions.order_by().values_list("kind").annotate(Sum("amount"))
    sums: dict[str, int] = dict(rows)
    return sums.get(TransactionKind.CREDIT, 0) - sums.get(TransactionKind.DEBIT, 0)


def balance_of_order(*, order_id: UUID) -> int:
    """As `balance_of`; 0 of an order without books."""
    order = FinancialOrder.objects.filter(order_id=order_id).first()
    return balance_of(order) if order else 0


def is_payment_booked(*, payment_intent_id: UUID) -> bool:
    """Whether the payment's one credit is on the books (FIN-002)."""
    return _CREDIT.first(payment_intent_id) is not None


def booked_payments() -> QuerySet[Any]:
    """The ids of all payments that are on the books, as a column for another query."""
    credits = FinancialTransaction.objects.filter(kind=TransactionKind.CREDIT)
    return credits.values("source_id")


def refund_bookings(*, order_id: UUID) -> dict[UUID, RefundBooking]:
    """The debits of an order's refunds, by refund, with what reversed them. One statement."""
    rows = FinancialTransaction.objects.filter(financial_order__order_id=order_id, is_dispute=False)
    amounts = {(one.kind, one.source_id): one.amount for one in rows}
    return {
        source: RefundBooking(
            debit=amount, reversal=amounts.get((TransactionKind.CREDIT, source), 0)
        )
        for (kind, source), amount in amounts.items()
        if kind == TransactionKind.DEBIT
    }


def given_back_by_order() -> dict[UUID, int]:
    """Debits of refunds that were not reversed, of every order that has any; one statement."""
    reversal = FinancialTransaction.objects.filter(
        kind=TransactionKind.CREDIT, source_id=OuterRef("source_id")
    )
    debits = FinancialTransaction.objects.filter(
        ~Exists(reversal), kind=TransactionKind.DEBIT, is_dispute=False
    )
    by_order = debits.order_by().values_list("financial_order__order_id")
    return dict(by_order.annotate(given_back=Sum("amount")))


def invoice_number_of(*, order_id: UUID) -> str:
    """The number of the order's invoice; empty while none is issued."""
    numbers = Invoice.objects.filter(order_id=order_id).values_list("number", flat=True)
    return numbers.first() or ""


def seller() -> InvoiceSeller:
    """The shop as it calls itself now."""
    settings = shop.shop_settings()
    return InvoiceSeller(
        name=settings.name,
        legal_name=settings.legal_name,
        address=tuple(lines_of(settings.legal_address)),
        tax_number=settings.tax_number,
        email=settings.contact_email,
    )


def document_sequence_for_update(*, kind: DocumentKind, year: int) -> DocumentSequence:
    """The counter of that kind and year, with the row locked; made at its first use."""
    counter = _SEQUENCE.first(kind, year)
    if counter is None:
        # Who comes second waits here for the first one's commit, then finds its row.
        add_unless_there(DocumentSequence(kind=kind, year=year))
        counter = _SEQUENCE.first(kind, year)
    assert counter is not None  # noqa: S101 - it was made, if it was not there
    return counter


def issued_at(*, kind: DocumentKind, year: int, sequence: int) -> datetime | None:
    """When the document of that number was issued; None when there is none."""
    document = _NUMBERED[kind].first(year, sequence)
    return document.issued_at if document else None


def invoice_for_update(*, invoice_id: UUID) -> Invoice:
    """The invoice, with the row locked. Raises InvoiceNotFound."""
    invoice = _LOCKED_INVOICE.first(invoice_id)
    if invoice is None:
        raise InvoiceNotFound(invoice=public_id("inv", invoice_id))
    return invoice


def invoice_id_of(*, order_id: UUID) -> UUID | None:
    """The id of the order's one invoice, if it is issued."""
    invoice = _INVOICE_OF_ORDER.first(order_id)
    return invoice.pk if invoice else None


def issued_invoice(*, invoice_id: UUID) -> IssuedInvoice:
    """The invoice with this id. Raises InvoiceNotFound."""
    return _issued(_INVOICE.first(invoice_id))


def invoice_of_order(*, order_id: UUID) -> IssuedInvoice:
    """The order's one invoice. Raises InvoiceNotFound."""
    return _issued(_INVOICE_OF_ORDER.first(order_id))


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


def credit_note_for_update(*, credit_note_id: UUID) -> CreditNote:
    """The credit note, with the row locked. Raises CreditNoteNotFound."""
    try:
        return CreditNote.objects.select_for_update(of=("self",)).get(pk=credit_note_id)
    except CreditNote.DoesNotExist:
        raise CreditNoteNotFound from None


def issued_credit_note(*, credit_note_id: UUID) -> IssuedCreditNote:
    """The credit note with this id. Raises CreditNoteNotFound."""
    row = CreditNote.objects.filter(pk=credit_note_id).first()
    if row is None:
        raise CreditNoteNotFound
    return _issued_credit_note(row)


def credit_notes_of_order(*, order_id: UUID) -> list[IssuedCreditNote]:
    """All credit notes of an order, oldest first. One statement."""
    rows = CreditNote.objects.filter(order_id=order_id).order_by("id")
    return [_issued_credit_note(row) for row in rows]


def _issued_credit_note(row: CreditNote) -> IssuedCreditNote:
    return IssuedCreditNote(
        id=row.pk,
        order_id=row.order_id,
        refund_id=row.refund_id,
        number=row.number,
        issued_at=row.issued_at,
        total=Money(row.total_amount, row.currency),
        document_path=row.document_path,
        document_sha256=row.document_sha256,
        document=CreditNoteDocument.from_json(row.content),
    )
