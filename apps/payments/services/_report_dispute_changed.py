from datetime import datetime

from apps.payments.events import DisputeReported
from apps.payments.models import PaymentIntent
from apps.shared.db import joins_transaction
from apps.shared.outbox.emit import emit


@joins_transaction
def report_dispute_changed(*, intent: PaymentIntent, reference: str, now: datetime) -> str:
    """Have somebody ask the provider how a dispute of a locked intent stands.

    Returns what came of it, in one word.
    """
    reported = DisputeReported(
        payment_id=str(intent.pk), order_id=str(intent.order_id), reference=reference
    )
    emit(reported, now=now)
    return "to_be_asked"
