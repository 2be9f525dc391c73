import hashlib
import logging
from uuid import UUID

from apps.finance import selectors
from apps.finance.errors import InvoiceDocumentNotReady, InvoiceDocumentUnavailable
from apps.finance.gateways import documents
from apps.shared.db import outside_transaction

logger = logging.getLogger(__name__)


@outside_transaction
def fetch_invoice_document(*, invoice_id: UUID) -> bytes:
    """The invoice's PDF from private storage, proved by its SHA-256 to be the one on record.

    Raises InvoiceNotFound, InvoiceDocumentNotReady while it is being made, and
    InvoiceDocumentUnavailable when the storage has lost or altered it.
    """
    invoice = selectors.issued_invoice(invoice_id=invoice_id)
    if not invoice.document_path:
        raise InvoiceDocumentNotReady
    content = documents.get(invoice.document_path)
    if content is None or hashlib.sha256(content).hexdigest() != invoice.document_sha256:
        logger.error("invoice.document_damaged", extra={"path": invoice.document_path})
        raise InvoiceDocumentUnavailable
    return content
