"""Whole numbers, weights and yes/no cells."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from apps.catalog.importing.errors import CellRefused
from apps.catalog.importing.limits import INT32_MAX

INTEGER: Final = re.compile(r"([+-]?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,20})(?:\.0{1,2})?", re.ASCII)
DECIMAL: Final = re.compile(r"[0-9]{1,12}(?:[.,][0-9]{1,12})?", re.ASCII)
GRAMS_PER: Final = {
    "g": Decimal(1),
    "kg": Decimal(1000),
    "lb": Decimal("453.59237"),
    "oz": Decimal("28.349523125"),
}
UNIT_NAMES: Final = {
    "": "g", "g": "g", "gram": "g", "grams": "g", "kg": "kg", "kilogram": "kg", "kilograms": "kg",
    "lb": "lb", "lbs": "lb", "pound": "lb", "pounds": "lb", "oz": "oz", "ounce": "oz",
    "ounces": "oz",
}  # fmt: skip
YES: Final = frozenset({
    "true", "t", "yes", "y", "1", "on", "wahr", "vrai", "verdadero", "vero", "verdadeiro",
    "waar", "sant", "ja",
})  # fmt: skip
NO: Final = frozenset({
    "false", "f", "no", "n", "0", "off", "falsch", "faux", "falso", "onwaar", "falskt",
    "nein",
})  # fmt: skip


def parse_quantity(text: str) -> int | None:
    """A whole number of pieces, None for an empty cell. `1.0` and `1,000` are whole numbers.

    Negative counts are kept: Shopify writes them for oversold goods.
    Raises CellRefused with quantity_malformed or quantity_out_of_range.
    """
    if not text:
        return None
    found = INTEGER.fullmatch(text)
    if found is None:
        raise CellRefused("quantity_malformed", "not a whole number")
    amount = int(found[1] + found[2].replace(",", ""))
    if abs(amount) > INT32_MAX:
        raise CellRefused("quantity_out_of_range", f"not between ±{INT32_MAX:,}")
    return amount


def parse_position(text: str) -> int | None:
    """An image's place, from 1. Raises CellRefused with position_malformed."""
    try:
        position = parse_quantity(text)
    except CellRefused as error:
        raise CellRefused("position_malformed", "not a position from 1 on") from error
    if position is not None and position < 1:
        raise CellRefused("position_malformed", "not a position from 1 on")
    return position


def parse_weight(text: str, unit: str = "g") -> int:
    """Whole grams, half a gram rounded up; an empty cell weighs nothing.

    Raises CellRefused with weight_malformed, weight_unit or weight_out_of_range.
    """
    if not text or text == "0":
        return 0
    known = UNIT_NAMES.get(unit.casefold())
    if known is None:
        raise CellRefused("weight_unit", f"unknown unit of weight {unit[:20]!r}; use g, kg, lb, oz")
    if not DECIMAL.fullmatch(text):
        raise CellRefused("weight_malformed", "not a weight")
    grams = Decimal(text.replace(",", ".")) * GRAMS_PER[known]
    if grams > INT32_MAX:
        raise CellRefused("weight_out_of_range", f"heavier than {INT32_MAX:,} g")
    return int(grams.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def parse_flag(text: str, default: bool) -> bool:
    """true/false in the spellings of spreadsheets; `default` for an empty cell.

    Raises CellRefused with flag_malformed.
    """
    word = text.casefold()
    if not word:
        return default
    if word in YES:
        return True
    if word in NO:
        return False
    raise CellRefused("flag_malformed", "neither true nor false")
