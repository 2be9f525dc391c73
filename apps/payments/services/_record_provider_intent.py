from datetime import datetime

from apps.payments.gateways.base import ProviderIntent
from apps.payments.models import PaymentIntent
from apps.shared.db import joins_transaction
from apps.shared.fast_rows import write


@joins_transaction
def record_provider_intent(*, intent: PaymentIntent, answer: ProviderIntent, now: datetime) -> None:
    """Write down what the provider answered to our wish, a locked intent (PAY-005).

    Only the reference and what the client needs: whether money was taken is said by a verified
    fact. A webhook may have come first; then the reference is there already, and the same. Where a
    provider's answers may differ, the first one holds: a shopper has been told of it.
    """
    if intent.provider_reference not in (None, answer.reference) and intent.client:
        return
    intent.provider_reference = answer.reference
    intent.client = dict(answer.client)
    intent.updated_at = now
    write(intent, ["provider_reference", "client", "updated_at"])
