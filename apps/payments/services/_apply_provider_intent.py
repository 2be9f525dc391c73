import logging
from datetime import datetime

from django.db import transaction

from apps.payments import selectors
from apps.payments.events import (
    PaymentAttemptFailed,
    PaymentAuthorized,
    PaymentCancelled,
    PaymentSucceeded,
)
from apps.payments.gateways.base import ProviderIntent, ProviderState
from apps.payments.gateways.captures import pays
from apps.payments.models import PaymentIntent
from apps.payments.services._end_capture import end_capture
from apps.payments.services._flag_intent import flag_intent
from apps.payments.services._tell_of_dispute import tell_of_dispute
from apps.payments.states import IntentStatus, known_failure
from apps.shared import metrics
from apps.shared.db import joins_transaction
from apps.shared.outbox.emit import emit
from apps.shared.text import storable

logger = logging.getLogger(__name__)


@joins_transaction
def apply_provider_intent(*, intent: PaymentIntent, fact: ProviderIntent, now: datetime) -> str:
    """Take a verified fact about a locked intent; returns what came of it, in one word.

    Facts may come twice, late and in any order: what counts is what the provider holds in the end
    (PAY-007). Less than was agreed to pays where the shop captures by hand. A success with another
    amount or currency, after the payment was closed, or of an order that another payment has paid,
    pays nothing and is flagged: a sweep gives it back (PAY-008).
    """
    _note(intent, fact, now)
    if fact.state is ProviderState.SUCCEEDED:
        return _succeed(intent, fact, now)
    if intent.status != IntentStatus.PROCESSING:
        return "late"
    return _go_on(intent, fact, now)


def _go_on(intent: PaymentIntent, fact: ProviderIntent, now: datetime) -> str:
    if fact.state is ProviderState.AUTHORIZED:
        return _authorize(intent, fact, now)
    if fact.state is ProviderState.CANCELLED:
        return _cancel(intent, now)
    if fact.failure_code and storable(fact.failure_code)[:100] != intent.failure_code:
        return _note_failure(intent, fact, now)
    return "noted"


def _cancel(intent: PaymentIntent, now: datetime) -> str:
    cancelled = PaymentCancelled(
        payment_id=str(intent.pk),
        order_id=str(intent.order_id),
        was_authorized=bool(intent.amount_capturable),
    )
    intent.move_to(IntentStatus.CANCELLED, now=now, amount_capturable=0)
    end_capture(intent=intent, failure_code="cancelled", now=now)
    emit(cancelled, now=now)
    return "cancelled"


def _note(intent: PaymentIntent, fact: ProviderIntent, now: datetime) -> None:
    fields = []
    if intent.provider_reference is None:
        intent.provider_reference = fact.reference
        fields.append("provider_reference")
    if fact.capture_reference and not intent.capture_reference:
        intent.capture_reference = fact.capture_reference
        fields.append("capture_reference")
    if fields:
        intent.updated_at = now
        intent.save(update_fields=[*fields, "updated_at"])


def _succeed(intent: PaymentIntent, fact: ProviderIntent, now: datetime) -> str:
    if intent.status == IntentStatus.SUCCEEDED:
        return "already_succeeded"
    if not pays(intent, amount=fact.amount_received, currency=fact.currency):
        flag_intent(intent=intent, flag="amount_mismatch", now=now)
        return "amount_mismatch"
    if intent.status != IntentStatus.PROCESSING:
        flag_intent(intent=intent, flag="succeeded_after_close", now=now)
        return "succeeded_after_close"
    if selectors.captured_intent(order_id=intent.order_id) is not None:
        flag_intent(intent=intent, flag="second_capture", now=now)
        return "second_capture"
    intent.move_to(
        IntentStatus.SUCCEEDED,
        now=now,
        amount_capturable=0,
        amount_released=intent.amount - fact.amount_received,
        failure_code="",
        failure_message="",
        flag="",  # that an earlier, wrong word left
    )
    if intent.is_captured_by_hand:
        end_capture(intent=intent, now=now)
    succeeded = PaymentSucceeded(
        payment_id=str(intent.pk),
        order_id=str(intent.order_id),
        provider=intent.provider,
        amount=intent.amount_captured,
        currency=intent.currency,
        released_amount=intent.amount_released,
    )
    emit(succeeded, now=now)
    for dispute in selectors.lost_disputes(payment_id=intent.pk):  # heard of before
        tell_of_dispute(intent=intent, dispute=dispute, now=now)
    return "succeeded"


def _authorize(intent: PaymentIntent, fact: ProviderIntent, now: datetime) -> str:
    if intent.amount_capturable:
        return "already_authorized"
    # Not every provider says how much it is before it is taken.
    capturable = fact.amount_capturable or intent.amount
    if (capturable, fact.currency) != (intent.amount, intent.currency):
        flag_intent(intent=intent, flag="amount_mismatch", now=now)
        return "amount_mismatch"
    intent.amount_capturable = capturable
    intent.updated_at = now
    intent.save(update_fields=["amount_capturable", "updated_at"])
    authorized = PaymentAuthorized(
        payment_id=str(intent.pk),
        order_id=str(intent.order_id),
        amount=intent.amount,
        currency=intent.currency,
        is_captured_by_hand=intent.is_captured_by_hand,
    )
    emit(authorized, now=now)
    return "authorized"


def _note_failure(intent: PaymentIntent, fact: ProviderIntent, now: datetime) -> str:
    intent.failure_code = storable(fact.failure_code)[:100]
    intent.failure_message = storable(fact.failure_message)[:500]
    intent.updated_at = now
    intent.save(update_fields=["failure_code", "failure_message", "updated_at"])
    failed = PaymentAttemptFailed(
        payment_id=str(intent.pk), order_id=str(intent.order_id), failure_code=intent.failure_code
    )
    emit(failed, now=now)
    reason = known_failure(intent.failure_code)
    transaction.on_commit(metrics.PAYMENT_FAILURES.labels(reason).inc)
    logger.warning(
        "payment.failed", extra={"payment": intent.public_id, "reason": intent.failure_code}
    )
    return "attempt_failed"
