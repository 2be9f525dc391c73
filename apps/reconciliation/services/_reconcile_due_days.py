from datetime import datetime, timedelta

from apps.payments import selectors as payments
from apps.payments.gateways import provider_of
from apps.reconciliation import selectors
from apps.reconciliation.services._reconcile_day import reconcile_day
from apps.shared.db import outside_transaction

LOOK_BACK = timedelta(days=7)


@outside_transaction
def reconcile_due_days(*, now: datetime) -> int:
    """Yesterday at each of the shop's providers, and the days of the last week that had
    differences, until they have none. Returns how many differences were found.

    Raises ProviderUnavailable, ProviderRefused.
    """
    yesterday = (now - timedelta(days=1)).date()
    found = 0
    for provider in payments.connected_providers():
        if not provider_of(provider).capabilities.lists_money:
            continue  # its payments are asked for one by one, as long as they are under way
        open_days = selectors.days_with_differences(
            provider=provider, since=yesterday - LOOK_BACK, until=yesterday
        )
        for on in (*open_days, yesterday):
            found += len(reconcile_day(provider=provider, on=on, now=now).differences)
    return found
