import hashlib
import logging
from uuid import UUID

from apps.finance import selectors
from apps.finance.errors import CreditNoteDocumentNotReady, CreditNoteDocumentUnavailable
from apps.finance.gateways import documents
from apps.shared.db import outside_transaction

logger = logging.getLogger(__name__)


@outside_transaction
def fetch_credit_note_document(*, credit_note_id: UUID) -> bytes:
    """The credit note's PDF from private storage, proved by its SHA-256 to be the one on record.

    Raises CreditNoteNotFound, CreditNoteDocumentNotReady while it is being made, and
    CreditNoteDocumentUnavailable when the storage has lost or altered it.
    """
    note = selectors.issued_credit_note(credit_note_id=credit_note_id)
    if not note.document_path:
        raise CreditNoteDocumentNotReady
    content = documents.get(note.document_path)
    if content is None or hashlib.sha256(content).hexdigest() != note.document_sha256:
        logger.error("credit_note.document_damaged", extra={"path": note.document_path})
        raise CreditNoteDocumentUnavailable
    return content
