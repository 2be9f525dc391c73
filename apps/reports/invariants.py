"""What must be true of figures."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from apps.reports.dto import Figures, changes_between
from apps.reports.models import DayFigures, Progress
from apps.reports.truth import DAY, day_of, true_figures
from apps.shared.invariants.declare import Found, Gauge, Offender, Severity, Shop, invariant

DAYS = 30
# A count that comes every ten minutes has come by then.
GRACE = timedelta(hours=2)


@invariant("REPORT-001", gauge=Gauge.REPORT, severity=Severity.LATE)
def figures_are_what_happened(shop: Shop) -> Found:
    """The figures of each of the last thirty days that are over are what orders and books say."""
    progress = Progress.objects.first()
    zone = ZoneInfo((progress.time_zone if progress else "") or "UTC")
    last = day_of(shop.now - GRACE, zone) - DAY
    first = last - DAY * (DAYS - 1)
    kept = {
        (one.on, one.currency): Figures(
            placed=one.placed_count,
            paid=one.paid_count,
            gross=one.gross_amount,
            tax=one.tax_amount,
            refunds=one.refund_count,
            refunded=one.refunded_amount,
        )
        for one in DayFigures.objects.filter(on__range=(first, last))
    }
    changes = changes_between(kept, true_figures(first=first, last=last, zone=zone))
    return Found(
        count=len(changes),
        sample=tuple(
            Offender(
                row=f"figures {one.on} {one.currency}",
                expected=str(one.true or "nothing"),
                found=str(one.kept or "nothing"),
            )
            for one in changes[: shop.most]
        ),
    )
