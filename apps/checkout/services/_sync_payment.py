from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from apps.checkout.services._record_started_payment import record_started_payment
from apps.orders import selectors as orders
from apps.orders.states import UNPAID
from apps.payments import selectors as payments
from apps.payments import services as payment_services
from apps.payments.gateways.base import ProviderState
from apps.payments.states import IntentStatus
from apps.shared.db import outside_transaction

if TYPE_CHECKING:
    from apps.payments.models import PaymentIntent

_CAPTURED_NOW = ("authorized", "already_authorized")


@outside_transaction
def sync_payment(*, payment_id: UUID, now: datetime) -> str:
    """Ask the provider how a payment stands and take its answer as a webhook's (P7, PAY-005).

    May be called for any payment, at any time, by any number of callers: what is known already
    changes nothing. One that the provider was not told of, or whose first answer was lost in a
    crash, is asked for under its own key, which finds what that call made (PAY-004). One whose
    order needs no money any more is given up; if it was paid meanwhile, that is taken (PAY-008).

    One that the shopper has agreed to, and whose order still wants it, is held where that is a step
    of its own, and captured, unless the shop does so by hand; then when somebody has asked for it,
    should that have come to nothing so far.

    Returns what came of it, in one word.

    Raises PaymentNotFound, OrderNotFound, NoPaymentProvider, ProviderUnavailable, ProviderRefused,
    PaymentDeclined.
    """
    intent = payments.intent_by_id(intent_id=payment_id)
    is_open = intent.status == IntentStatus.PROCESSING
    if is_open and orders.order_by_id(order_id=intent.order_id).status not in UNPAID:
        payment_services.cancel_payment_of_order(order_id=intent.order_id, now=now)
        return payments.intent_by_id(intent_id=payment_id).status
    if intent.provider_reference:
        fact = payment_services.fetch_provider_intent(intent_id=payment_id)
        if is_open and fact.state is ProviderState.APPROVED:
            fact = payment_services.request_authorization(intent_id=payment_id)
        outcome = payment_services.take_provider_intent(intent_id=payment_id, fact=fact, now=now)
        if outcome in _CAPTURED_NOW and _is_wanted(intent):
            return payment_services.capture_payment(intent_id=payment_id, now=now)
        return outcome
    if not is_open:
        return "never_sent"
    answer = payment_services.request_provider_intent(
        intent_id=payment_id, even_passed_over=True, now=now
    )
    record_started_payment(order_id=intent.order_id, intent_id=payment_id, answer=answer, now=now)
    return "started"


def _is_wanted(intent: "PaymentIntent") -> bool:
    return not intent.is_captured_by_hand or payments.open_capture(payment_id=intent.pk) is not None
