from datetime import datetime
from uuid import UUID

from apps.payments import selectors
from apps.payments.errors import NotAuthorized
from apps.payments.events import PaymentCaptureRequested
from apps.payments.states import IntentStatus
from apps.shared.audit.record import Target, record
from apps.shared.db import owns_transaction
from apps.shared.outbox.emit import emit


@owns_transaction
def ask_for_capture(*, intent_id: UUID, now: datetime) -> None:
    """Somebody of the shop wants an authorized payment's money; a worker takes it. On record.

    Raises PaymentNotFound, NotAuthorized.
    """
    intent = selectors.intent_for_update(intent_id=intent_id)
    if intent.status != IntentStatus.PROCESSING or not intent.amount_capturable:
        raise NotAuthorized
    wanted = PaymentCaptureRequested(payment_id=str(intent.pk), order_id=str(intent.order_id))
    emit(wanted, now=now)
    record(
        action="payments.capture_requested",
        target=Target("payment", intent.public_id),
        after={"amount": intent.amount, "currency": intent.currency},
        now=now,
    )
