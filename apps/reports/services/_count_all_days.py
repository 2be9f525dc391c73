from datetime import datetime
from zoneinfo import ZoneInfo

from apps.reports import selectors
from apps.reports.dto import Change
from apps.reports.models import Progress
from apps.reports.services._count_days import count_days
from apps.shared.db import joins_transaction


@joins_transaction
def count_all_days(
    *, progress: Progress, zone: ZoneInfo, now: datetime, writes: bool = True
) -> list[Change]:
    """Count every day of which anything is true or kept; `progress` is the caller's, locked."""
    first, last = selectors.all_days(zone=zone, now=now)
    changes = count_days(first=first, last=last, zone=zone, writes=writes)
    if writes:
        progress.time_zone, progress.counted_until = zone.key, now
        progress.save(update_fields=["time_zone", "counted_until"])
    return changes
