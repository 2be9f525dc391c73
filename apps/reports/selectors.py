"""Reading what is kept."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Max, Min, Sum

from apps.reports.dto import Figured, Figures
from apps.reports.models import DayFigures, Progress, Touch
from apps.reports.truth import day_of, first_and_last_fact
from apps.shop.selectors import shop_settings

# Orders that are placed tell nobody of it; they are counted so often, if nothing else happens.
AT_LEAST_EVERY = timedelta(minutes=10)
# What `figures_of` makes of a row, in the order of Figures' fields.
COLUMNS = (
    "placed_count",
    "paid_count",
    "gross_amount",
    "tax_amount",
    "refund_count",
    "refunded_amount",
)


def shop_zone() -> ZoneInfo:
    """Where the shop's days begin and end."""
    return ZoneInfo(shop_settings().time_zone)


def counted_until() -> datetime | None:
    """The moment up to which all is counted that was placed; None before the first count."""
    return Progress.objects.values_list("counted_until", flat=True).first()


def is_count_due(*, now: datetime) -> bool:
    """Whether something has happened since the last count, or that was long ago."""
    until = counted_until()
    return until is None or until < now - AT_LEAST_EVERY or Touch.objects.exists()


def progress_for_update() -> Progress:
    """The row, locked: one count of a shop at a time, each sees what the one before wrote."""
    Progress.objects.bulk_create([Progress()], ignore_conflicts=True)
    return Progress.objects.select_for_update().get()


def kept_figures(*, first: date, last: date) -> Figured:
    """What is kept of these days, both included."""
    rows = DayFigures.objects.filter(on__range=(first, last))
    return {
        (one[0], one[1]): Figures(*one[2:]) for one in rows.values_list("on", "currency", *COLUMNS)
    }


def all_days(*, zone: ZoneInfo, now: datetime) -> tuple[date, date]:
    """The first and the last day of which anything is true or kept, today among them."""
    kept = DayFigures.objects.aggregate(first=Min("on"), last=Max("on"))
    days = [day_of(moment, zone) for moment in (now, *(first_and_last_fact() or ()))]
    days += [day for day in kept.values() if day is not None]
    return min(days), max(days)


def sums_since(*, days: Iterable[date]) -> Mapping[date, Mapping[str, Figures]]:
    """For each day, by currency, what has happened since it began. One statement per day."""
    found = {}
    for day in days:
        rows = DayFigures.objects.filter(on__gte=day).order_by("currency").values_list("currency")
        summed = rows.annotate(*(Sum(column) for column in COLUMNS))
        found[day] = {currency: Figures(*map(int, sums)) for currency, *sums in summed}
    return found
