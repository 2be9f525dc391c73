from datetime import datetime
from uuid import UUID

from apps.payments import selectors
from apps.payments.errors import NotAuthorized
from apps.payments.services._request_capture import request_capture
from apps.payments.services._take_provider_intent import take_provider_intent
from apps.payments.states import IntentStatus
from apps.shared.db import outside_transaction


@outside_transaction
def capture_payment(*, intent_id: UUID, now: datetime) -> str:
    """Take the money of an authorized payment, all of it, and the provider's answer as its word.

    An order is paid in full or not at all (ORDER-007). The key is made from the payment (PAY-004):
    asking again finds the first capture. Returns what came of it, in one word.

    Raises PaymentNotFound, NotAuthorized, NoPaymentProvider, ProviderUnavailable, ProviderRefused,
    PaymentDeclined.
    """
    intent = selectors.intent_by_id(intent_id=intent_id)
    if intent.status == IntentStatus.SUCCEEDED:
        return "already_succeeded"
    is_open = intent.status == IntentStatus.PROCESSING
    if not (is_open and intent.amount_capturable and intent.provider_reference):
        raise NotAuthorized
    fact = request_capture(intent_id=intent_id)
    return take_provider_intent(intent_id=intent_id, fact=fact, now=now)
