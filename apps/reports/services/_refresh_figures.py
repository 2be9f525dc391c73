from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from apps.reports import selectors
from apps.reports.models import Touch
from apps.reports.services._count_all_days import count_all_days
from apps.reports.services._count_days import count_days
from apps.reports.truth import DAY, day_of
from apps.shared.db import owns_transaction

# An order is placed at the time when its transaction began, and seen when that commits.
SETTLING = timedelta(hours=1)
MOST_TOUCHES = 10_000


@owns_transaction
def refresh_figures(*, now: datetime) -> int:
    """Count touched days again, and those since the last count; how many figures that changed.

    A touch is taken before the truth is read and was written after what it tells of: it is gone
    only when that has been counted. What is touched later stays for the next time.
    """
    if not selectors.is_count_due(now=now):
        return 0
    progress = selectors.progress_for_update()
    zone = selectors.shop_zone()
    if progress.counted_until is None or progress.time_zone != zone.key:
        return len(count_all_days(progress=progress, zone=zone, now=now))
    touched = {day_of(at, zone) for at in _take_touches()}
    since, today = day_of(progress.counted_until - SETTLING, zone), day_of(now, zone)
    touched |= {since + DAY * number for number in range((today - since).days + 1)}
    changed = sum(
        len(count_days(first=first, last=last, zone=zone)) for first, last in _spans(touched)
    )
    progress.counted_until = now
    progress.save(update_fields=["counted_until"])
    return changed


def _take_touches() -> list[datetime]:
    taken = dict(Touch.objects.order_by("id").values_list("id", "at")[:MOST_TOUCHES])
    Touch.objects.filter(id__in=taken).delete()
    return list(taken.values())


def _spans(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Days that follow one another are counted together."""
    first = last = None
    for day in sorted(days):
        if last is not None and day - last == DAY:
            last = day
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = day
    if first is not None and last is not None:
        yield first, last
