from datetime import datetime
from uuid import UUID

from apps.payments import selectors
from apps.payments.gateways.base import ProviderIntent
from apps.payments.services._apply_provider_intent import apply_provider_intent
from apps.shared.db import owns_transaction


@owns_transaction
def take_provider_intent(*, intent_id: UUID, fact: ProviderIntent, now: datetime) -> str:
    """Take what the provider answered to our own question, as a webhook's word is taken.

    It is a verified fact like that (ORDER-005). Returns what came of it, in one word.

    Raises PaymentNotFound.
    """
    intent = selectors.intent_for_update(intent_id=intent_id)
    return apply_provider_intent(intent=intent, fact=fact, now=now)
