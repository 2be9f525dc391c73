from datetime import datetime
from uuid import UUID

from apps.payments import selectors
from apps.payments.gateways.base import ProviderIntent
from apps.payments.models import PaymentIntent
from apps.shared.db import joins_transaction


@joins_transaction
def record_provider_intent(
    *, intent_id: UUID, answer: ProviderIntent, now: datetime
) -> PaymentIntent:
    """Write down what the provider answered to our wish (PAY-005).

    Only the reference and what the client needs: whether money was taken is said by a verified
    fact. A webhook may have come first; then the reference is there already, and the same.

    Raises PaymentNotFound.
    """
    intent = selectors.intent_for_update(intent_id=intent_id)
    intent.provider_reference = answer.reference
    intent.client = dict(answer.client)
    intent.updated_at = now
    intent.save(update_fields=["provider_reference", "client", "updated_at"])
    return intent
