from datetime import datetime

from apps.payments.events import RefundReported
from apps.payments.gateways.base import ProviderRefund
from apps.payments.models import PaymentIntent
from apps.shared.db import joins_transaction
from apps.shared.outbox.emit import emit
from apps.shared.schema import current_schema


@joins_transaction
def report_provider_refund(*, intent: PaymentIntent, fact: ProviderRefund, now: datetime) -> str:
    """Tell whoever keeps refunds what the provider says of one of a locked intent (REF-006).

    Payments keeps no refunds itself. Returns what came of it, in one word.
    """
    is_ours = fact.metadata.get("tenant") == current_schema()
    reported = RefundReported(
        payment_id=str(intent.pk),
        order_id=str(intent.order_id),
        provider=intent.provider,
        provider_reference=fact.reference,
        state=fact.state.value,
        amount=fact.amount,
        currency=fact.currency,
        failure_code=fact.failure_code[:100],
        refund=fact.metadata.get("refund", "") if is_ours else "",
    )
    emit(reported, now=now)
    return "refund_reported"
