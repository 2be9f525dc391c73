from datetime import datetime

from apps.payments.events import PaymentChanged
from apps.payments.models import PaymentIntent
from apps.shared.db import joins_transaction
from apps.shared.outbox.emit import emit


@joins_transaction
def report_intent_changed(*, intent: PaymentIntent, reference: str, now: datetime) -> str:
    """Have somebody ask the provider how a locked intent stands.

    `reference` is kept for one whose first answer was never written down (PAY-005). Returns what
    came of it, in one word.
    """
    if intent.provider_reference is None:
        intent.provider_reference = reference
        intent.updated_at = now
        intent.save(update_fields=["provider_reference", "updated_at"])
    emit(PaymentChanged(payment_id=str(intent.pk), order_id=str(intent.order_id)), now=now)
    return "to_be_asked"
