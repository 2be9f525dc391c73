from collections.abc import Iterator
from datetime import datetime

from apps.payments import selectors
from apps.payments.gateways import line_to
from apps.payments.gateways.base import ProviderMovement
from apps.shared.db import outside_transaction


@outside_transaction
def list_movements(
    *, provider: str, since: datetime, until: datetime
) -> Iterator[ProviderMovement]:
    """What a provider that tells fees kept of each capture and refund in [since, until).

    It is asked page by page, while the answer is gone through: that, too, outside of transactions.

    Raises NoPaymentProvider; ProviderUnavailable and ProviderRefused also on the way.
    """
    line = line_to(selectors.account_of(provider=provider))
    return line.movements_between(since=since, until=until)
