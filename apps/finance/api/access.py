"""Who may read an order's documents. The one place that decides it."""

from uuid import UUID

from rest_framework.request import Request

from apps.finance import selectors
from apps.finance.dto import IssuedCreditNote, IssuedInvoice
from apps.finance.errors import CreditNoteNotFound, InvoiceNotFound
from apps.shared.api.tokens import token_opens


def invoice_for_caller(request: Request, *, order_id: UUID) -> IssuedInvoice:
    """The order's invoice, for the bearer of the order's own `Order-Token`.

    Raises InvoiceNotFound, to strangers as well: they do not learn whether there is one.
    """
    if not token_opens("order", order_id, request.headers.get("Order-Token", "")):
        raise InvoiceNotFound
    return selectors.invoice_of_order(order_id=order_id)


def credit_notes_for_caller(request: Request, *, order_id: UUID) -> list[IssuedCreditNote]:
    """The order's credit notes, for the bearer of the order's own `Order-Token`.

    Raises CreditNoteNotFound, to strangers as well: they do not learn whether there are any.
    """
    is_bearer = token_opens("order", order_id, request.headers.get("Order-Token", ""))
    if not is_bearer or not selectors.has_books(order_id=order_id):
        raise CreditNoteNotFound
    return selectors.credit_notes_of_order(order_id=order_id)


def credit_note_for_caller(
    request: Request, *, order_id: UUID, credit_note_id: UUID
) -> IssuedCreditNote:
    """One of them. Raises CreditNoteNotFound."""
    for note in credit_notes_for_caller(request, order_id=order_id):
        if note.id == credit_note_id:
            return note
    raise CreditNoteNotFound
