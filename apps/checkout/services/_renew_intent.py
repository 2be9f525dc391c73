from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from apps.orders import selectors as orders
from apps.orders.states import OrderStatus
from apps.payments import selectors as payments
from apps.payments import services as payment_services
from apps.payments.dto import PaymentDetail
from apps.payments.errors import PaymentAlreadyProcessed
from apps.shared.db import owns_transaction

_PAYABLE = (OrderStatus.PENDING, OrderStatus.AWAITING_PAYMENT)


@owns_transaction
def renew_intent(
    *,
    order_id: UUID,
    provider: str = "",
    return_url: str = "",
    failed: Collection[str] = (),
    now: datetime,
) -> PaymentDetail:
    """The order's active intent; a new one when the last was given up or failed (PAY-001), or when
    its provider, which has not confirmed it yet, does not answer (one of the `failed` has not, just
    now) or is not the one wanted.

    The amount is the order's snapshot (PAY-002).

    Raises OrderNotFound, PaymentAlreadyProcessed (PAY-003), NoPaymentProvider, ProviderNotOffered.
    """
    order = orders.order_for_update(order_id=order_id)
    if order.status not in _PAYABLE:
        raise PaymentAlreadyProcessed(order_status=order.status)
    intent = payment_services.renew_payment(
        order_id=order_id,
        amount=order.total_amount,
        currency=order.currency,
        wanted=provider,
        return_url=return_url,
        failed=failed,
        now=now,
    )
    return payments.detail_of(intent)
