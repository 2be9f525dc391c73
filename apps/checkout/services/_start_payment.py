from datetime import datetime
from uuid import UUID

from apps.checkout.services._record_started_payment import record_started_payment
from apps.checkout.services._renew_intent import renew_intent
from apps.orders import selectors as orders
from apps.orders.dto import OrderCaller
from apps.payments import services as payments
from apps.payments.dto import PaymentDetail
from apps.shared.db import outside_transaction


@outside_transaction
def start_payment(*, order_id: UUID, caller: OrderCaller, now: datetime) -> PaymentDetail:
    """The payment of an order, known to the provider and ready for the shopper to confirm.

    Three steps with nothing locked in between: the wish (made with the order, or anew when the last
    one ended unpaid), the provider's call, its answer (PAY-005). Calling again, at once or after a
    crash between any two, gives the same payment (PAY-001, PAY-004).

    Raises OrderNotFound, PaymentAlreadyProcessed, NoPaymentProvider, ProviderUnavailable,
    ProviderRefused.
    """
    orders.order_of_caller(order_id=order_id, caller=caller)
    intent = renew_intent(order_id=order_id, now=now)
    if intent.provider_reference and intent.client:
        return record_started_payment(intent_id=intent.id, answer=None, now=now)
    answer = payments.request_provider_intent(intent_id=intent.id)
    return record_started_payment(intent_id=intent.id, answer=answer, now=now)
