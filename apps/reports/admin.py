"""Daily figures, and their sums on the first page."""

from typing import Any

from django.contrib import admin
from django.utils.formats import date_format
from django.utils.timezone import localtime

from apps.reports import selectors
from apps.reports.dto import Figures
from apps.reports.models import DayFigures
from apps.reports.truth import DAY, day_of
from apps.shared import clock
from apps.shared.admin.bases import ReadOnlyAdmin, money_column
from apps.shared.admin.cards import index_panel
from apps.shared.admin.panels import Row, Rows, link
from apps.shared.money import Money
from apps.shop.selectors import shop_settings

_PERIODS = {"Today": 1, "7 days": 7, "30 days": 30}
_COLUMNS: list[Any] = [
    "on",
    "placed_count",
    "paid_count",
    money_column("gross_amount", "Gross sales"),
    money_column("tax_amount", "Tax in it"),
    "refund_count",
    money_column("refunded_amount", "Refunded"),
]


class DayFiguresAdmin(ReadOnlyAdmin[DayFigures]):
    """One row per day and currency, the latest first."""

    list_display = _COLUMNS
    list_filter = ["currency", "on"]
    fields = _COLUMNS


@index_panel("Sales", permission="reports.view_dayfigures")
def sales() -> Rows:
    """Today, and the last 7 and 30 days with it, by currency. Five statements."""
    zone, now = selectors.shop_zone(), clock.now()
    today = day_of(now, zone)
    begins = {title: today - DAY * (days - 1) for title, days in _PERIODS.items()}
    sums = selectors.sums_since(days=begins.values())
    currencies = sorted({shop_settings().currency, *sums[min(begins.values())]})
    until = selectors.counted_until()
    told = (
        f"until {date_format(localtime(until, zone), 'TIME_FORMAT')}"
        if until
        else "not counted yet"
    )
    return [
        _row(f"{title} ({told})" if title == "Today" else title, currency, sums[day].get(currency))
        for title, day in begins.items()
        for currency in currencies
    ]


def _row(title: str, currency: str, found: Figures | None) -> Row:
    figures = found or Figures()
    return {
        "Period": link(title, "admin:reports_dayfigures_changelist"),
        "Orders placed": figures.placed,
        "Orders paid": figures.paid,
        "Gross sales": Money(figures.gross, currency),
        "Tax in it": Money(figures.tax, currency),
        "Refunds": figures.refunds,
        "Refunded": Money(figures.refunded, currency),
    }


def register(site: admin.AdminSite) -> None:
    """Put the figures on a shop's admin."""
    site.register(DayFigures, DayFiguresAdmin)
