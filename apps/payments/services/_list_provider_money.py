from datetime import datetime

from apps.payments import selectors
from apps.payments.gateways import line_to
from apps.payments.gateways.base import ProviderMoney
from apps.shared.db import outside_transaction


@outside_transaction
def list_provider_money(*, provider: str, since: datetime, until: datetime) -> ProviderMoney:
    """All money that moved on the shop's account in [since, until), as the provider tells it.

    Raises NoPaymentProvider, ProviderUnavailable, ProviderRefused.
    """
    line = line_to(selectors.account_of(provider=provider))
    return ProviderMoney(
        captures=tuple(line.captures_between(since=since, until=until)),
        refunds=tuple(line.refunds_between(since=since, until=until)),
    )
