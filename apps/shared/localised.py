"""Amounts and rates as people of one language write them."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import formats, translation

from .money import Money, exponent


def money_text(money: Money, *, language: str) -> str:
    """The amount and its code: "1,234.50 USD" for en, "1.234,50 EUR" for de, "1,999 JPY"."""
    return f"{amount_text(money, language=language)} {money.currency}"


def amount_text(money: Money, *, language: str) -> str:
    """The amount alone, for columns that name the currency above."""
    with translation.override(language):
        return formats.number_format(
            money.major(), exponent(money.currency), use_l10n=True, force_grouping=True
        )


def moment_text(moment: datetime, *, zone: str, language: str) -> str:
    """A moment as a time zone's clocks show it: "Jan. 2, 2026, 6:30 p.m. (Asia/Phnom_Penh)"."""
    with translation.override(language):
        shown = formats.date_format(moment.astimezone(ZoneInfo(zone)), "DATETIME_FORMAT")
    return f"{shown} ({zone})"


def percent_text(basis_points: int, *, language: str) -> str:
    """A rate in per cent: 750 is "7.5 %", 2000 is "20 %"."""
    percent = format(Decimal(basis_points).scaleb(-2), "f").rstrip("0").rstrip(".")
    with translation.override(language):
        return percent.replace(".", formats.get_format("DECIMAL_SEPARATOR")) + " %"
