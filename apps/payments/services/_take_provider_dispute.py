from datetime import datetime

from apps.payments import selectors
from apps.payments.gateways.base import ProviderDispute
from apps.payments.services._apply_provider_dispute import apply_provider_dispute
from apps.shared.db import owns_transaction


@owns_transaction
def take_provider_dispute(*, provider: str, fact: ProviderDispute, now: datetime) -> str:
    """Take what the provider answered to our own question, as a webhook's word is taken.

    One of a payment that is none of ours is left alone (`unknown`). Returns what came of it, in one
    word.
    """
    intent = selectors.intent_of_reference_for_update(
        provider=provider, reference=fact.payment_reference
    )
    if intent is None:
        return "unknown"
    return apply_provider_dispute(intent=intent, fact=fact, now=now)
