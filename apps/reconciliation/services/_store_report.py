from dataclasses import asdict
from datetime import date, datetime

from apps.reconciliation.dto import Comparison
from apps.reconciliation.models import Reconciliation, ReconciliationDifference
from apps.shared.db import owns_transaction


@owns_transaction
def store_report(*, provider: str, on: date, compared: Comparison, now: datetime) -> None:
    """Keep what was found of a provider's day, in place of what was found before."""
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
