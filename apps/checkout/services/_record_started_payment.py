from datetime import datetime
from uuid import UUID

from apps.orders import services as orders
from apps.payments import selectors as payments
from apps.payments import services as payment_services
from apps.payments.dto import PaymentDetail
from apps.payments.gateways.base import ProviderIntent
from apps.shared.db import owns_transaction


@owns_transaction
def record_started_payment(
    *, order_id: UUID, intent_id: UUID, answer: ProviderIntent | None, now: datetime
) -> PaymentDetail:
    """Keep the provider's answer (None: it is kept already) and let the order await its payment.

    Raises PaymentNotFound, OrderNotFound.
    """
    # The order's lock comes before the payment's, as wherever both are taken.
    orders.await_payment(order_id=order_id, now=now)
    intent = payments.intent_for_update(intent_id=intent_id)
    if answer is not None:
        payment_services.record_provider_intent(intent=intent, answer=answer, now=now)
    return payments.detail_of(intent)
