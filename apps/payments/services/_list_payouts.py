from collections.abc import Iterator
from datetime import datetime

from apps.payments import selectors
from apps.payments.gateways import line_to
from apps.payments.gateways.base import ProviderPayout
from apps.shared.db import outside_transaction


@outside_transaction
def list_payouts(*, provider: str, since: datetime, until: datetime) -> Iterator[ProviderPayout]:
    """What a provider that tells payouts sent to the shop's bank in [since, until).

    It is asked page by page, while the answer is gone through: that, too, outside of transactions.

    Raises NoPaymentProvider; ProviderUnavailable and ProviderRefused also on the way.
    """
    line = line_to(selectors.account_of(provider=provider))
    return line.payouts_between(since=since, until=until)
