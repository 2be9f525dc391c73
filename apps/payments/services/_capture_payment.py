from datetime import datetime
from uuid import UUID

from apps.payments import selectors
from apps.payments.errors import NotAuthorized, PaymentDeclined, ProviderRefused
from apps.payments.gateways.base import ProviderState
from apps.payments.models import PaymentIntent
from apps.payments.services._record_capture_refused import record_capture_refused
from apps.payments.services._request_capture import request_capture
from apps.payments.services._take_provider_intent import take_provider_intent
from apps.payments.states import IntentStatus
from apps.shared.db import outside_transaction


@outside_transaction
def capture_payment(*, intent_id: UUID, now: datetime) -> str:
    """Take the money of an authorized payment, and the provider's answer as its word.

    As much as somebody of the shop has asked for; all of it when nobody has. The key is made from
    the request, else from the payment (PAY-004): asking again finds the first capture. A request
    that the provider refuses ends with that. Returns what came of it, in one word.

    Raises PaymentNotFound, NotAuthorized, NoPaymentProvider, ProviderUnavailable; ProviderRefused
    and PaymentDeclined when nobody had asked.
    """
    intent = selectors.intent_by_id(intent_id=intent_id)
    if intent.status == IntentStatus.SUCCEEDED:
        return "already_succeeded"
    is_open = intent.status == IntentStatus.PROCESSING
    if not (is_open and intent.amount_capturable and intent.provider_reference):
        raise NotAuthorized
    asked = selectors.open_capture(payment_id=intent_id)
    if asked is None:
        amount, key = intent.amount, f"{intent.public_id}:capture"
        return _captured(intent, amount, key, now)
    try:
        return _captured(intent, asked.amount, asked.provider_key, now)
    except (ProviderRefused, PaymentDeclined) as refusal:
        reason = str(refusal.details.get("reason") or refusal.code)
        record_capture_refused(intent_id=intent_id, reason=reason, now=now)
        return "capture_refused"


def _captured(intent: PaymentIntent, amount: int, key: str, now: datetime) -> str:
    fact = request_capture(intent_id=intent.pk, amount=amount, key=key)
    outcome = take_provider_intent(intent_id=intent.pk, fact=fact, now=now)
    if fact.state is ProviderState.AUTHORIZED:  # as before: what was tried has failed
        reason = fact.failure_code or "not_captured"
        record_capture_refused(intent_id=intent.pk, reason=reason, now=now)
    return outcome
