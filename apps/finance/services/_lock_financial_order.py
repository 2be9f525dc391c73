import logging
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.finance.dto import InvoiceContent
from apps.finance.errors import FinancialTotalsMismatch
from apps.finance.models import FinancialOrder
from apps.shared.db import joins_transaction
from apps.shared.ids import public_id

logger = logging.getLogger(__name__)


@joins_transaction
def lock_financial_order(
    *,
    order_id: UUID,
    currency: str,
    subtotal_amount: int,
    discount_amount: int,
    shipping_amount: int,
    tax_amount: int,
    total_amount: int,
    content: dict[str, Any],
    now: datetime,
) -> None:
    """Write down what an order is worth, in minor units, in the transaction that makes it.

    `content` is `InvoiceContent.to_json()`: what the invoice will say, since finance may not read
    orders. Raises FinancialTotalsMismatch when the amounts do not add up, or when `content` tells
    of other ones; nothing is written then.
    """
    amounts = {
        "subtotal_amount": subtotal_amount,
        "discount_amount": discount_amount,
        "shipping_amount": shipping_amount,
        "tax_amount": tax_amount,
        "total_amount": total_amount,
    }
    told = InvoiceContent.from_json(content)
    if (
        subtotal_amount - discount_amount + shipping_amount + tax_amount != total_amount
        or told.currency != currency
        or any(getattr(told, name) != amount for name, amount in amounts.items())
    ):
        raise FinancialTotalsMismatch(order=public_id("ord", order_id), total_amount=total_amount)
    FinancialOrder.objects.create(
        order_id=order_id,
        order_number=told.order_number,
        currency=currency,
        content=told.to_json(),
        locked_at=now,
        **amounts,
    )
    logger.info(
        "financial_order.locked",
        extra={
            "order": public_id("ord", order_id),
            "total_amount": total_amount,
            "currency": currency,
        },
    )
