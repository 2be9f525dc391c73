from datetime import datetime

from apps.payments import selectors
from apps.payments.gateways import line_to
from apps.payments.services._take_provider_dispute import take_provider_dispute
from apps.shared.db import outside_transaction


@outside_transaction
def sync_dispute(*, provider: str, reference: str, now: datetime) -> str:
    """Ask the provider how a dispute stands, and take its answer. Returns what came of it.

    Raises NoPaymentProvider, ProviderUnavailable, ProviderRefused.
    """
    line = line_to(selectors.account_of(provider=provider))
    fact = line.fetch_dispute(reference)
    return take_provider_dispute(provider=provider, fact=fact, now=now)
