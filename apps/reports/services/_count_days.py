from datetime import date
from zoneinfo import ZoneInfo

from apps.reports import selectors
from apps.reports.dto import Change, Figures, changes_between
from apps.reports.models import DayFigures
from apps.reports.truth import true_figures
from apps.shared.db import joins_transaction


@joins_transaction
def count_days(*, first: date, last: date, zone: ZoneInfo, writes: bool = True) -> list[Change]:
    """Make what is kept of the days from `first` to `last` what orders and books say of them.

    The caller holds the progress locked, so what is kept stays as it is meanwhile. Returns what
    differed; without `writes` it is left so.
    """
    kept = selectors.kept_figures(first=first, last=last)
    changes = changes_between(kept, true_figures(first=first, last=last, zone=zone))
    if writes:
        _write(changes)
    return changes


def _write(changes: list[Change]) -> None:
    DayFigures.objects.bulk_create(
        [_row(one, one.true) for one in changes if one.true],
        update_conflicts=True,
        unique_fields=["on", "currency"],
        update_fields=selectors.COLUMNS,
    )
    for one in changes:
        if one.true is None:
            DayFigures.objects.filter(on=one.on, currency=one.currency).delete()


def _row(change: Change, figures: Figures) -> DayFigures:
    return DayFigures(
        on=change.on,
        currency=change.currency,
        placed_count=figures.placed,
        paid_count=figures.paid,
        gross_amount=figures.gross,
        tax_amount=figures.tax,
        refund_count=figures.refunds,
        refunded_amount=figures.refunded,
    )
