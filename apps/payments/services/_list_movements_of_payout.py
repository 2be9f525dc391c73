from collections.abc import Iterator

from apps.payments import selectors
from apps.payments.gateways import line_to
from apps.payments.gateways.base import ProviderMovement, ProviderPayout
from apps.shared.db import outside_transaction


@outside_transaction
def list_movements_of_payout(
    *, provider: str, payout: ProviderPayout
) -> Iterator[ProviderMovement]:
    """All that an itemized payout consists of.

    It is asked page by page, while the answer is gone through: that, too, outside of transactions.

    Raises NoPaymentProvider; ProviderUnavailable and ProviderRefused also on the way.
    """
    line = line_to(selectors.account_of(provider=provider))
    return line.movements_of_payout(payout)
