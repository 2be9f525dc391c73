from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from apps.checkout.services._sync_payment import sync_payment
from apps.orders import selectors as orders
from apps.orders.dto import OrderCaller
from apps.payments import selectors as payments
from apps.payments import services as payment_services
from apps.payments.dto import PaymentDetail
from apps.payments.errors import PaymentNotFound
from apps.shared.db import outside_transaction


@outside_transaction
def confirm_payment(
    *,
    order_id: UUID,
    payment_id: UUID,
    returned: Mapping[str, str],
    caller: OrderCaller,
    now: datetime,
) -> PaymentDetail:
    """The shopper is back from the provider: ask it at once how the payment stands.

    What the client brings along (`returned`) is checked and makes nothing paid: the provider's
    answer does (ORDER-005). A payment that is agreed to and is not captured by hand is captured.

    Raises OrderNotFound, PaymentNotFound, InvalidSignature, NoPaymentProvider, ProviderUnavailable,
    ProviderRefused, PaymentDeclined.
    """
    orders.order_of_caller(order_id=order_id, caller=caller)
    if payments.order_of_intent(intent_id=payment_id) != order_id:
        raise PaymentNotFound
    payment_services.check_return(intent_id=payment_id, returned=returned)
    sync_payment(payment_id=payment_id, now=now)
    return payments.detail_of(payments.intent_by_id(intent_id=payment_id))
