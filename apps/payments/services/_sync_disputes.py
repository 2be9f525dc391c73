import logging
from datetime import datetime

from apps.payments import selectors
from apps.payments.errors import ProviderRefused
from apps.payments.gateways import line_to
from apps.payments.services._sync_dispute import sync_dispute
from apps.payments.services._take_provider_dispute import take_provider_dispute
from apps.shared.db import outside_transaction

logger = logging.getLogger(__name__)
_CHANGES_NOTHING = ("late", "noted", "unknown")


@outside_transaction
def sync_disputes(*, provider: str, since: datetime, until: datetime, now: datetime) -> int:
    """Take in the disputes of [since, until), and how all stand that have not ended here.

    For webhooks that never came. One that the provider knows nothing of does not stop the others.
    Returns how many were other than we knew.

    Raises NoPaymentProvider, ProviderUnavailable, ProviderRefused.
    """
    line = line_to(selectors.account_of(provider=provider))
    told = line.disputes_between(since=since, until=until)
    outcomes = [take_provider_dispute(provider=provider, fact=one, now=now) for one in told]
    for reference in selectors.unfinished_disputes(provider=provider):
        if reference in {one.reference for one in told}:
            continue
        try:
            outcomes.append(sync_dispute(provider=provider, reference=reference, now=now))
        except ProviderRefused as refusal:
            logger.error("payment.dispute_unknown", extra={"reason": str(refusal.details)})
    return sum(one not in _CHANGES_NOTHING for one in outcomes)
