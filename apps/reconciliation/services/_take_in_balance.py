from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

from apps.payments import services as payments
from apps.payments.gateways import provider_of
from apps.payments.gateways.base import ProviderMovement, ProviderPayout
from apps.reconciliation import balance
from apps.reconciliation.dto import BalanceNews, FeeChange
from apps.reconciliation.services._link_movements import link_movements
from apps.reconciliation.services._note_payout_read import note_payout_read
from apps.reconciliation.services._record_movements import record_movements
from apps.reconciliation.services._record_payout import record_payout
from apps.shared.db import outside_transaction

# So many are kept in memory, and written at once.
PAGE = 500
# PayPal may take three hours to tell of a payment.
FEES_ARE_LATE_BY = timedelta(hours=6)
# A payout may be complete, or fail, some days after it was made.
PAYOUTS_CHANGE_FOR = timedelta(days=7)


@outside_transaction
def take_in_balance(*, provider: str, on: date, now: datetime) -> BalanceNews:
    """Keep what a provider tells of the shop's balance: the fees of a day (UTC) and of the last
    hours before it, and the payouts of a week until its end with what they consist of. May be
    broken off anywhere, and done again.

    Returns what is told otherwise than before. Raises NoPaymentProvider, ProviderUnavailable,
    ProviderRefused.
    """
    since = datetime.combine(on, time.min, UTC)
    until = since + timedelta(days=1)
    capabilities = provider_of(provider).capabilities
    changes: list[FeeChange] = []
    failed: list[str] = []
    if capabilities.tells_fees:
        told = payments.list_movements(
            provider=provider, since=since - FEES_ARE_LATE_BY, until=until
        )
        changes += _keep(provider, told)
    if capabilities.tells_payouts:
        recent = payments.list_payouts(
            provider=provider, since=since - PAYOUTS_CHANGE_FOR, until=until
        )
        for payout in recent:
            known = record_payout(provider=provider, told=payout)
            failed += [payout.reference] if known.has_failed else []
            if payout.is_itemized and payout.is_complete and not known.is_read:
                changes += _read(provider, payout, known.id)
                note_payout_read(payout_id=known.id, on=on, now=now)
        _link(provider, on)
    by_reference = {one.reference: one for one in changes}
    return BalanceNews(fees=tuple(by_reference.values()), failed_payouts=tuple(failed))


def _read(provider: str, payout: ProviderPayout, payout_id: int) -> list[FeeChange]:
    told = payments.list_movements_of_payout(provider=provider, payout=payout)
    return _keep(provider, told, payout_id)


def _keep(
    provider: str, told: Iterator[ProviderMovement], payout_id: int | None = None
) -> list[FeeChange]:
    changes: list[FeeChange] = []
    while page := list(islice(told, PAGE)):
        changes += record_movements(provider=provider, told=page, payout_id=payout_id)
    return changes


def _link(provider: str, on: date) -> None:
    """What was paid out before we knew of its payment."""
    after = 0
    while page := balance.unknown_movements_paid_out(
        provider=provider, report_on=on, after=after, most=PAGE
    ):
        link_movements(provider=provider, movement_ids=page)
        after = page[-1]
