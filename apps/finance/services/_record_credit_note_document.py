from datetime import datetime
from uuid import UUID

from apps.finance import selectors
from apps.finance.errors import InvoiceDocumentDiffers
from apps.finance.events import CreditNoteDocumentStored
from apps.shared.db import owns_transaction
from apps.shared.outbox.emit import emit


@owns_transaction
def record_credit_note_document(
    *, credit_note_id: UUID, document_path: str, document_sha256: str, now: datetime
) -> None:
    """Note where the credit note's PDF lies and what it is, once; a repetition changes nothing.

    Raises CreditNoteNotFound, and InvoiceDocumentDiffers when another document is noted (FIN-004).
    """
    note = selectors.credit_note_for_update(credit_note_id=credit_note_id)
    if note.document_path:
        if (note.document_path, note.document_sha256) != (document_path, document_sha256):
            raise InvoiceDocumentDiffers(credit_note=note.public_id)
        return
    note.document_path = document_path
    note.document_sha256 = document_sha256
    note.save(update_fields=["document_path", "document_sha256"])
    stored = CreditNoteDocumentStored(
        credit_note_id=str(note.pk),
        order_id=str(note.order_id),
        refund_id=str(note.refund_id),
        number=note.number,
        document_path=document_path,
        document_sha256=document_sha256,
    )
    emit(stored, now=now)
