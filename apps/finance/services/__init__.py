from ._fetch_invoice_document import fetch_invoice_document
from ._issue_invoice import issue_invoice
from ._lock_financial_order import lock_financial_order
from ._record_invoice_document import record_invoice_document
from ._record_payment import record_payment
from ._store_invoice_document import store_invoice_document

__all__ = [
    "fetch_invoice_document",
    "issue_invoice",
    "lock_financial_order",
    "record_invoice_document",
    "record_payment",
    "store_invoice_document",
]
