from dataclasses import asdict
from datetime import date, datetime

from apps.reconciliation import balance
from apps.reconciliation.dto import BalanceNews, Comparison
from apps.reconciliation.models import ProviderMovement, Reconciliation, ReconciliationDifference
from apps.reconciliation.states import PayoutStatus
from apps.shared.db import owns_transaction


@owns_transaction
def store_report(
    *, provider: str, on: date, compared: Comparison, now: datetime, news: BalanceNews
) -> None:
    """Keep what was found of a provider's day, in place of what was found before, and take in the
    news that it tells: a run that is broken off before that finds them again."""
    report, _ = Reconciliation.objects.update_or_create(
        provider=provider,
        on=on,
        defaults={
            "run_at": now,
            "figures": {key: asdict(sums) for key, sums in sorted(compared.figures.items())},
            "difference_count": len(compared.differences),
        },
    )
    report.differences.all().delete()
    ReconciliationDifference.objects.bulk_create(
        ReconciliationDifference(reconciliation=report, **asdict(one))
        for one in compared.differences
    )
    for change in news.fees:
        told = ProviderMovement.objects.filter(provider=provider, reference=change.reference)
        told.update(fee=change.fee, tax=change.tax)
    for payout in balance.payouts_for_update(provider=provider, references=news.failed_payouts):
        payout.move_to(PayoutStatus.FAILED)
