from datetime import datetime

from apps.payments.events import RefundsChanged
from apps.payments.models import PaymentIntent
from apps.shared.db import joins_transaction
from apps.shared.outbox.emit import emit


@joins_transaction
def report_refunds_changed(*, intent: PaymentIntent, now: datetime) -> str:
    """Tell whoever keeps refunds to ask the provider for those of a locked intent.

    Returns what came of it, in one word.
    """
    changed = RefundsChanged(payment_id=str(intent.pk), order_id=str(intent.order_id))
    emit(changed, now=now)
    return "refunds_changed"
