"""Reading the books."""

from uuid import UUID

from .errors import FinancialOrderNotFound
from .models import FinancialOrder


def financial_order_for_update(*, order_id: UUID) -> FinancialOrder:
    """The order's locked totals, with the row locked. Raises FinancialOrderNotFound."""
    try:
        return FinancialOrder.objects.select_for_update(of=("self",)).get(order_id=order_id)
    except FinancialOrder.DoesNotExist:
        raise FinancialOrderNotFound(order_id=str(order_id)) from None
