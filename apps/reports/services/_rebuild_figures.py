from datetime import date, datetime

from apps.reports import selectors
from apps.reports.dto import Change
from apps.reports.services._count_all_days import count_all_days
from apps.reports.services._count_days import count_days
from apps.shared.db import owns_transaction


@owns_transaction
def rebuild_figures(
    *, now: datetime, first: date | None = None, last: date | None = None, writes: bool = True
) -> list[Change]:
    """Count a shop's days anew, from `first` to `last` or all of them, whatever is kept.

    Readers see what was kept before or all of what is true, never a part. What happens meanwhile
    has its touch, and is counted after. Returns what differed; without `writes` it is left so.

    Where the shop has moved to another time zone all days are others: all of them are counted.
    """
    progress = selectors.progress_for_update()
    zone = selectors.shop_zone()
    if (first is None and last is None) or progress.time_zone != zone.key:
        return count_all_days(progress=progress, zone=zone, now=now, writes=writes)
    earliest, latest = selectors.all_days(zone=zone, now=now)
    return count_days(first=first or earliest, last=last or latest, zone=zone, writes=writes)
