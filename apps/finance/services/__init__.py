from apps.finance.services._record_dispute_loss import record_dispute_loss
from apps.finance.services._reinstate_dispute_loss import reinstate_dispute_loss

from ._fetch_credit_note_document import fetch_credit_note_document
from ._fetch_invoice_document import fetch_invoice_document
from ._issue_credit_note import issue_credit_note
from ._issue_invoice import issue_invoice
from ._lock_financial_order import lock_financial_order
from ._record_credit_note_document import record_credit_note_document
from ._record_invoice_document import record_invoice_document
from ._record_payment import record_payment
from ._record_refund import record_refund
from ._reverse_refund_booking import reverse_refund_booking
from ._skip_lost_numbers import skip_lost_numbers
from ._store_credit_note_document import store_credit_note_document
from ._store_invoice_document import store_invoice_document
from ._take_document_number import take_document_number

__all__ = [
    "fetch_credit_note_document",
    "fetch_invoice_document",
    "issue_credit_note",
    "issue_invoice",
    "lock_financial_order",
    "record_credit_note_document",
    "record_dispute_loss",
    "record_invoice_document",
    "record_payment",
    "record_refund",
    "reinstate_dispute_loss",
    "reverse_refund_booking",
    "skip_lost_numbers",
    "store_credit_note_document",
    "store_invoice_document",
    "take_document_number",
]
