import hashlib
import logging
from datetime import datetime
from uuid import UUID

from apps.finance import selectors
from apps.finance.gateways import documents
from apps.finance.gateways.pdf import render_invoice
from apps.shared.db import outside_transaction

from ._record_invoice_document import record_invoice_document

logger = logging.getLogger(__name__)


@outside_transaction
def store_invoice_document(*, invoice_id: UUID, now: datetime) -> None:
    """Draw the invoice's PDF, put it into private storage, then note where it is.

    Killed between any two of these it may simply run again: the same invoice gives the same bytes
    under the same name. A document that is noted is never drawn anew (FIN-004).

    Raises InvoiceNotFound.
    """
    invoice = selectors.issued_invoice(invoice_id=invoice_id)
    if invoice.document_path:
        return
    path = f"invoices/{invoice.number.split('-')[1]}/{invoice.number}.pdf"
    content = render_invoice(invoice.document)
    documents.put(path, content)
    record_invoice_document(
        invoice_id=invoice_id,
        document_path=path,
        document_sha256=hashlib.sha256(content).hexdigest(),
        now=now,
    )
    logger.info(
        "invoice.document_stored",
        extra={"number": invoice.number, "path": path, "bytes": len(content)},
    )
