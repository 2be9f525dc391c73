"""Who may read an order's documents. The one place that decides it."""

from uuid import UUID

from rest_framework.request import Request

from apps.finance import selectors
from apps.finance.dto import IssuedInvoice
from apps.finance.errors import InvoiceNotFound
from apps.shared.api.tokens import token_opens


def invoice_for_caller(request: Request, *, order_id: UUID) -> IssuedInvoice:
    """The order's invoice, for the bearer of the order's own `Order-Token`.

    Raises InvoiceNotFound, to strangers as well: they do not learn whether there is one.
    """
    if not token_opens("order", order_id, request.headers.get("Order-Token", "")):
        raise InvoiceNotFound
    return selectors.invoice_of_order(order_id=order_id)
