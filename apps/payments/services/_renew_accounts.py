import logging
from datetime import datetime

from apps.payments import selectors
from apps.payments.errors import ProviderRefused
from apps.payments.gateways import provider_of
from apps.payments.services._keep_renewed import keep_renewed
from apps.shared.db import outside_transaction

logger = logging.getLogger(__name__)


@outside_transaction
def renew_accounts(*, now: datetime) -> int:
    """Renew what is about to end of the shop's accounts, such as tokens that live for some months.

    One that a provider does not renew is for a person to look at, and stops no other. Returns how
    many were renewed.

    Raises ProviderUnavailable.
    """
    renewed = 0
    for code in selectors.connected_providers():
        description = provider_of(code)
        if description.renew is None:
            continue
        account = selectors.account_of(provider=code)
        known = description.credentials.of({**account.settings, **account.secrets})
        try:
            fresh = description.renew(known, now=now)
        except ProviderRefused as refusal:
            told = {"provider": code, "reason": refusal.details.get("reason", "")}
            logger.error("payments.account_not_renewed", extra=told)
            continue
        if fresh:
            keep_renewed(provider=code, values=fresh)
            renewed += 1
    return renewed
