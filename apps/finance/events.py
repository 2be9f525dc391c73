"""What happens to documents."""

from dataclasses import dataclass

from apps.shared.events import Event


@dataclass(frozen=True, kw_only=True)
class InvoiceIssued(Event):
    """A paid order got its invoice: number and content stand, the PDF is still to be made."""

    name = "finance.invoice.issued"
    aggregate_field = "invoice_id"

    invoice_id: str
    order_id: str
    number: str


@dataclass(frozen=True, kw_only=True)
class InvoiceDocumentStored(Event):
    """The invoice's PDF lies in private storage."""

    name = "finance.invoice.document_stored"
    aggregate_field = "invoice_id"

    invoice_id: str
    order_id: str
    number: str
    document_path: str
    document_sha256: str


@dataclass(frozen=True, kw_only=True)
class CreditNoteIssued(Event):
    """A refund got its credit note: number and content stand, the PDF is still to be made."""

    name = "finance.credit_note.issued"
    aggregate_field = "credit_note_id"

    credit_note_id: str
    order_id: str
    refund_id: str
    number: str


@dataclass(frozen=True, kw_only=True)
class CreditNoteDocumentStored(Event):
    """The credit note's PDF lies in private storage."""

    name = "finance.credit_note.document_stored"
    aggregate_field = "credit_note_id"

    credit_note_id: str
    order_id: str
    refund_id: str
    number: str
    document_path: str
    document_sha256: str
