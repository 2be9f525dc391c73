from datetime import datetime
from uuid import UUID

from apps.checkout.services._record_started_payment import record_started_payment
from apps.checkout.services._renew_intent import renew_intent
from apps.orders import selectors as orders
from apps.orders.dto import OrderCaller
from apps.orders.states import UNPAID
from apps.payments import selectors as payments
from apps.payments import services as payment_services
from apps.payments.dto import PaymentDetail
from apps.shared.db import outside_transaction


@outside_transaction
def start_payment(*, order_id: UUID, caller: OrderCaller, now: datetime) -> PaymentDetail:
    """The payment of an order, known to the provider and ready for the shopper to confirm.

    Three steps with nothing locked in between: the wish (made with the order, or anew when the last
    one ended unpaid), the provider's call, its answer (PAY-005). A wish that stands is only looked
    at: nobody makes a second one without the order's lock. Calling again, at once or after a crash
    between any two, gives the same payment (PAY-001, PAY-004).

    Raises OrderNotFound, PaymentAlreadyProcessed, NoPaymentProvider, ProviderUnavailable,
    ProviderRefused.
    """
    order = orders.order_to_pay(order_id=order_id, caller=caller)
    intent = payments.payment_under_way(order_id=order_id)
    if intent is None or order.status not in UNPAID:
        intent = renew_intent(order_id=order_id, now=now)
    answer = None
    if not (intent.provider_reference and intent.client):
        answer = payment_services.request_provider_intent(intent_id=intent.id)
    return record_started_payment(order_id=order_id, intent_id=intent.id, answer=answer, now=now)
