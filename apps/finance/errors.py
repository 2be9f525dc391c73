"""What finance refuses."""

from apps.shared.errors import Conflict, NotFound, Rejected, Unavailable


class FinancialOrderNotFound(NotFound):
    """No totals were ever locked for this order."""

    code = "financial_order_not_found"


class FinancialTotalsMismatch(Rejected):
    """The order's amounts do not add up to its total (ORDER-007)."""

    code = "financial_totals_mismatch"


class FinancialAmountMismatch(Rejected):
    """The money taken, and what was released of it, is not the order's locked total."""

    code = "financial_amount_mismatch"


class FinancialOrderNotPaid(Conflict):
    """An invoice is issued for a paid order only."""

    code = "financial_order_not_paid"


class InvoiceDocumentDiffers(Conflict):
    """Another document is on record for this invoice already (FIN-004)."""

    code = "invoice_document_differs"


class CreditNoteNotFound(NotFound):
    """There is no such credit note."""

    code = "credit_note_not_found"


class RefundBookingDiffers(Conflict):
    """This refund is on the books with another amount already (FIN-002)."""

    code = "refund_booking_differs"


class RefundNotBooked(Conflict):
    """Only a refund that is on the books can be reversed."""

    code = "refund_not_booked"


class DisputeLossNotBooked(Conflict):
    """Only money of a lost dispute that is on the books can come back to them."""

    code = "dispute_loss_not_booked"


class InvoiceNotFound(NotFound):
    """There is no invoice here that this caller may see."""

    code = "invoice_not_found"


class InvoiceDocumentNotReady(NotFound):
    """The invoice is issued and its PDF is being made; try again in a moment."""

    code = "invoice_document_not_ready"
    retry_after = 2


class InvoiceDocumentUnavailable(Unavailable):
    """The invoice's PDF cannot be read at the moment."""

    code = "invoice_document_unavailable"


class CreditNoteDocumentNotReady(NotFound):
    """The credit note is issued and its PDF is being made; try again in a moment."""

    code = "credit_note_document_not_ready"
    retry_after = 2


class CreditNoteDocumentUnavailable(Unavailable):
    """The credit note's PDF cannot be read at the moment."""

    code = "credit_note_document_unavailable"


class TooManyNumbersLost(Rejected):
    """So many documents were not issued between a backup and its restore."""

    code = "too_many_numbers_lost"
