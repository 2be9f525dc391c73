from datetime import datetime
from uuid import UUID

from apps.finance import selectors
from apps.finance.errors import InvoiceDocumentDiffers
from apps.finance.events import InvoiceDocumentStored
from apps.shared.db import owns_transaction
from apps.shared.fast_rows import write
from apps.shared.outbox.emit import emit


@owns_transaction
def record_invoice_document(
    *, invoice_id: UUID, document_path: str, document_sha256: str, now: datetime
) -> None:
    """Note where the invoice's PDF lies and what it is, once; a repetition changes nothing.

    Raises InvoiceNotFound, and InvoiceDocumentDiffers when another document is noted (FIN-004).
    """
    invoice = selectors.invoice_for_update(invoice_id=invoice_id)
    if invoice.document_path:
        if (invoice.document_path, invoice.document_sha256) != (document_path, document_sha256):
            raise InvoiceDocumentDiffers(invoice=invoice.public_id)
        return
    invoice.document_path = document_path
    invoice.document_sha256 = document_sha256
    write(invoice, ["document_path", "document_sha256"])
    event = InvoiceDocumentStored(
        invoice_id=str(invoice.pk),
        order_id=str(invoice.order_id),
        number=invoice.number,
        document_path=document_path,
        document_sha256=document_sha256,
    )
    emit(event, now=now)
