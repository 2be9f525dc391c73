import hashlib
import logging
from datetime import datetime
from uuid import UUID

from apps.finance import selectors
from apps.finance.gateways import documents
from apps.finance.gateways.pdf import render_credit_note
from apps.finance.services._record_credit_note_document import record_credit_note_document
from apps.shared.db import outside_transaction

logger = logging.getLogger(__name__)


@outside_transaction
def store_credit_note_document(*, credit_note_id: UUID, now: datetime) -> None:
    """Draw the credit note's PDF, put it into private storage, then note where it is.

    As with invoices: it may simply run again, and what is noted is never drawn anew (FIN-004).

    Raises CreditNoteNotFound.
    """
    note = selectors.issued_credit_note(credit_note_id=credit_note_id)
    if note.document_path:
        return
    path = f"credit_notes/{note.number.split('-')[1]}/{note.number}.pdf"
    content = render_credit_note(note.document)
    documents.put(path, content)
    record_credit_note_document(
        credit_note_id=credit_note_id,
        document_path=path,
        document_sha256=hashlib.sha256(content).hexdigest(),
        now=now,
    )
    logger.info("credit_note.document_stored", extra={"number": note.number, "path": path})
