from uuid import UUID

from apps.finance import services
from apps.finance.events import CreditNoteIssued, InvoiceIssued
from apps.orders.events import OrderPaid
from apps.shared import clock
from apps.shared.events import subscribe


@subscribe(OrderPaid, queue="financial")
def issue_invoice_of_paid_order(event: OrderPaid) -> None:
    services.issue_invoice(order_id=UUID(event.order_id), now=clock.now())


@subscribe(InvoiceIssued, queue="financial", outside=True)
def store_document_of_issued_invoice(event: InvoiceIssued, *, key: str) -> None:
    services.store_invoice_document(invoice_id=UUID(event.invoice_id), now=clock.now())


@subscribe(CreditNoteIssued, queue="financial", outside=True)
def store_document_of_issued_credit_note(event: CreditNoteIssued, *, key: str) -> None:
    services.store_credit_note_document(credit_note_id=UUID(event.credit_note_id), now=clock.now())
