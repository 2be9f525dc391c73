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
from apps.payments.errors import (
    OUR_OWN_BOUND,
    PASSED_OVER,
    PaymentUnderWay,
    ProviderRefused,
    ProviderUnavailable,
    ReturnUrlRefused,
)
from apps.payments.gateways.base import ProviderIntent
from apps.shared.db import outside_transaction
from apps.shared.schema import current_schema
from tenants.selectors import leads_to_shop


@outside_transaction
def start_payment(
    *,
    order_id: UUID,
    caller: OrderCaller,
    provider: str = "",
    return_url: str = "",
    now: datetime,
) -> PaymentDetail:
    """The payment of an order, known to the provider and ready for the shopper to confirm.

    Three steps with nothing locked in between: the wish (made with the order, or anew when the last
    one ended unpaid), the provider's call, its answer (PAY-005). A wish that stands is only looked
    at: nobody makes a second one without the order's lock. Calling again, at once or after a crash
    between any two, gives the same payment (PAY-001, PAY-004).

    `provider` is the shopper's choice; what is under way elsewhere is given up there first. Without
    it, one that does not answer is followed by the next, each of which is asked once; what the
    first one made all the same nobody can pay. `return_url` is where the provider sends the shopper
    back to. A wish that is refused is given up, so that the next call makes another.

    Raises OrderNotFound, PaymentAlreadyProcessed, PaymentUnderWay, NoPaymentProvider,
    ProviderNotOffered, ReturnUrlRefused, ProviderUnavailable, ProviderRefused.
    """
    order = orders.order_to_pay(order_id=order_id, caller=caller)
    if return_url and not leads_to_shop(url=return_url, schema_name=current_schema()):
        raise ReturnUrlRefused
    intent = payments.payment_under_way(order_id=order_id)
    if intent is None or order.status not in UNPAID or provider or return_url:
        intent = _renewed(order_id, provider, return_url, now)
    answer = None
    if not (intent.provider_reference and intent.client):
        intent, answer = _asked(intent, provider, return_url, now)
    return record_started_payment(order_id=order_id, intent_id=intent.id, answer=answer, now=now)


def _renewed(order_id: UUID, wanted: str, return_url: str, now: datetime) -> PaymentDetail:
    intent = renew_intent(order_id=order_id, provider=wanted, return_url=return_url, now=now)
    if wanted and intent.provider != wanted:
        payment_services.cancel_payment_of_order(order_id=order_id, now=now)
        intent = renew_intent(order_id=order_id, provider=wanted, return_url=return_url, now=now)
        if intent.provider != wanted:
            raise PaymentUnderWay(provider=intent.provider)
    return intent


def _asked(
    intent: PaymentDetail, wanted: str, return_url: str, now: datetime
) -> tuple[PaymentDetail, ProviderIntent]:
    """The provider's answer, or the next one's when this one does not answer."""
    asks_anyway, failed = bool(wanted), set[str]()
    while True:
        try:
            return intent, payment_services.request_provider_intent(
                intent_id=intent.id, even_passed_over=asks_anyway, now=now
            )
        except ProviderRefused:
            # Asked again for the same it would refuse the same, the address to return to included.
            if not intent.provider_reference:
                payment_services.close_intent(
                    intent_id=intent.id, answer=None, failure_code="refused", now=now
                )
            raise
        except ProviderUnavailable as failure:
            reason = failure.details.get("reason")
            if wanted or reason == OUR_OWN_BOUND:
                raise
            if reason != PASSED_OVER:
                failed.add(intent.provider)
            following = renew_intent(
                order_id=intent.order_id, return_url=return_url, failed=failed, now=now
            )
            # Nobody else is left, or it is not given up yet.
            if following.id == intent.id and reason != PASSED_OVER:
                raise
        intent, asks_anyway = following, True
