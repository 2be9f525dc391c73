from datetime import datetime
from uuid import UUID

from apps.payments import selectors
from apps.payments.errors import (
    CaptureAmountInvalid,
    CaptureExceedsAuthorized,
    CaptureUnderWay,
    NotAuthorized,
    PartialCaptureUnsupported,
)
from apps.payments.events import PaymentCaptureRequested
from apps.payments.gateways import provider_of
from apps.payments.models import PaymentCapture, PaymentIntent
from apps.payments.states import IntentStatus
from apps.shared import context
from apps.shared.audit.record import Target, record
from apps.shared.db import owns_transaction
from apps.shared.outbox.emit import emit


@owns_transaction
def ask_for_capture(*, intent_id: UUID, amount: int | None = None, now: datetime) -> PaymentCapture:
    """Somebody of the shop wants an authorized payment's money; a worker takes it. On record.

    `amount` in minor units, all that was agreed to by default. Less is captured once: the provider
    frees the rest, and the order is charged so much less. Asking for the same again gives the same
    request; of two at once for different amounts the second is refused.

    Raises PaymentNotFound, NotAuthorized, CaptureAmountInvalid, CaptureExceedsAuthorized,
    PartialCaptureUnsupported, CaptureUnderWay.
    """
    intent = selectors.intent_for_update(intent_id=intent_id)
    if intent.status != IntentStatus.PROCESSING or not intent.amount_capturable:
        raise NotAuthorized
    wanted = intent.amount_capturable if amount is None else amount
    _refuse_amount(intent, wanted)
    standing = selectors.open_capture(payment_id=intent.pk)
    if standing is not None:
        if standing.amount != wanted:
            raise CaptureUnderWay(amount=standing.amount)
        return standing
    return _requested(intent, wanted, now)


def _refuse_amount(intent: PaymentIntent, amount: int) -> None:
    if amount <= 0:
        raise CaptureAmountInvalid(amount=amount)
    if amount > intent.amount_capturable:
        raise CaptureExceedsAuthorized(amount=amount, authorized=intent.amount_capturable)
    is_part = amount < intent.amount
    if is_part and not provider_of(intent.provider).capabilities.supports_partial_capture:
        raise PartialCaptureUnsupported(provider=intent.provider, authorized=intent.amount)


def _requested(intent: PaymentIntent, amount: int, now: datetime) -> PaymentCapture:
    capture = PaymentCapture.objects.create(
        payment=intent,
        amount=amount,
        currency=intent.currency,
        requested_by=context.actor.get(),
        requested_at=now,
    )
    wanted = PaymentCaptureRequested(
        payment_id=str(intent.pk), order_id=str(intent.order_id), capture_id=capture.pk
    )
    emit(wanted, now=now)
    record(
        action="payments.capture_requested",
        target=Target("payment", intent.public_id),
        before={"authorized": intent.amount_capturable},
        after={"amount": amount, "currency": intent.currency},
        now=now,
    )
    return capture
