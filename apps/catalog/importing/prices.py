"""Prices as people and spreadsheets write them, into minor units.

What is taken: `19.9`, `19,90`, `1,299.00`, `1.299,00`, `1 299,00`, `1'299.00`, `1,29,900.00`,
`$19.99`, `19.99 EUR`. Only the ten ASCII digits count as digits. Thousands may be marked by a
comma, a point, an apostrophe or a (no-break) space, always in whole groups.

One mark followed by exactly three digits can be read two ways. The rule:
- a comma groups thousands (`1,299` is one thousand two hundred and ninety-nine), because
  Shopify itself writes the decimal point;
- a point is the decimal point of a currency with three decimals (KWD); for the others
  `1.299` is refused as ambiguous;
- a comma before three digits is refused as ambiguous for a currency with three decimals.

Decimals beyond those of the currency are taken when they are zeros (`1299.00` JPY), otherwise
refused: an importer does not round money. Negative amounts, NaN, infinities and exponents
(`1e308`) are refused.
"""

import re
from dataclasses import dataclass
from typing import Final

from apps.catalog.importing.errors import CellRefused
from apps.catalog.importing.limits import PRICE_MINOR_MAX
from apps.shared import money

PLAIN: Final = re.compile(r"[0-9]{1,12}(?:\.([0-9]{1,2}))?", re.ASCII)
GROUP_SPACES: Final = str.maketrans("\u00a0\u2007\u2009\u202f\u2019", "    '")
DOLLARS_AND_PESOS: Final = frozenset({
    "USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "ARS", "CLP", "COP", "UYU",
    "BRL", "BBD", "BMD", "BND", "BSD", "BZD", "FJD", "GYD", "JMD", "KYD", "LRD", "NAD",
    "SBD", "SRD", "TTD", "XCD",
})  # fmt: skip
SYMBOLS: Final = {
    "$": DOLLARS_AND_PESOS,
    "\u20ac": frozenset({"EUR"}),
    "\u00a3": frozenset({"GBP", "EGP", "FKP", "GIP", "SHP", "SSP", "SYP", "LBP", "SDG"}),
    "\u00a5": frozenset({"JPY", "CNY"}),
    "\uffe5": frozenset({"JPY", "CNY"}),
    "\u20a9": frozenset({"KRW"}),
    "\u20b9": frozenset({"INR"}),
    "\u17db": frozenset({"KHR"}),
    "\u20ab": frozenset({"VND"}),
    "\u0e3f": frozenset({"THB"}),
    "\u20bd": frozenset({"RUB"}),
    "\u20ba": frozenset({"TRY"}),
    "z\u0142": frozenset({"PLN"}),
    "kr": frozenset({"SEK", "NOK", "DKK", "ISK"}),
}
AFFIX: Final = re.compile(
    r"(?P<before>[^0-9.,'\s+()-]*)\s*(?P<number>.*?)\s*(?P<after>[^0-9.,'\s+()-]*)"
)
NUMBER: Final = re.compile(r"[0-9][0-9.,' ]*|[.,][0-9]+", re.ASCII)
THOUSANDS: Final = re.compile(r"[1-9][0-9]{0,2}(?P<mark>[.,' ])[0-9]{3}(?:(?P=mark)[0-9]{3})*")
LAKHS: Final = re.compile(r"[1-9][0-9]?(?:(?P<mark>,)[0-9]{2})+,[0-9]{3}")
LONGEST: Final = 60
NOT_CODES: Final = frozenset({"NAN", "INF"})


@dataclass(frozen=True, slots=True)
class Currency:
    """ISO 4217 code and its number of decimals (0 for JPY, 3 for KWD)."""

    code: str
    exponent: int

    @classmethod
    def of(cls, code: str) -> "Currency":
        """By its code. Raises UnknownCurrency."""
        return cls(code, money.exponent(code))


def parse_price(text: str, currency: Currency) -> int | None:
    """Minor units of `currency`, or None for an empty cell.

    Raises CellRefused with price_negative, price_malformed, price_ambiguous, price_decimals,
    price_currency or price_too_large.
    """
    plain = PLAIN.fullmatch(text)
    if plain is not None and len(plain[1] or "") <= currency.exponent:
        return _minor(text.partition(".")[0], plain[1] or "", currency)
    text = text.translate(GROUP_SPACES).strip()
    if not text:
        return None
    if len(text) > LONGEST:
        raise CellRefused("price_malformed", "not a price")
    whole, decimals = _split(_bare_number(text, currency), currency)
    return _minor(whole, decimals, currency)


def _bare_number(text: str, currency: Currency) -> str:
    if text.startswith(("-", "\u2212", "(")) or text.endswith("-"):
        raise CellRefused("price_negative", "a price cannot be negative")
    found = AFFIX.fullmatch(text)
    if found is None:
        raise CellRefused("price_malformed", "not a price")
    if found["number"].startswith("-"):
        raise CellRefused("price_negative", "a price cannot be negative")
    if not NUMBER.fullmatch(found["number"]):
        raise CellRefused("price_malformed", "not a price")
    for mark in filter(None, (found["before"], found["after"])):
        if mark.upper() != currency.code and currency.code not in SYMBOLS.get(mark, ()):
            code = "price_currency" if mark in SYMBOLS or _is_code(mark) else "price_malformed"
            raise CellRefused(code, f"not a price in {currency.code}")
    return found["number"]


def _is_code(mark: str) -> bool:
    letters = mark.upper()
    return len(mark) == 3 and letters.isascii() and letters.isalpha() and letters not in NOT_CODES


def _split(number: str, currency: Currency) -> tuple[str, str]:
    """The digits before and after the decimal mark; thousands marks checked and removed."""
    marks = [character for character in number if character in ".,"]
    if not marks:
        return _ungrouped(number), ""
    decimal = marks[-1]
    if marks.count(decimal) > 1:
        if len(set(marks)) > 1:
            raise CellRefused("price_malformed", "not a price")
        return _ungrouped(number), ""
    whole, _, decimals = number.rpartition(decimal)
    alone = len(marks) == 1 and not any(mark in number for mark in "' ")
    if alone and len(decimals) == 3 and THOUSANDS.fullmatch(number):
        return _three_digits(whole, decimal, decimals, currency)
    if not (decimals.isascii() and decimals.isdigit()):
        raise CellRefused("price_malformed", "not a price")
    return _ungrouped(whole) if whole else "0", decimals


def _three_digits(whole: str, mark: str, decimals: str, currency: Currency) -> tuple[str, str]:
    three = currency.exponent == 3
    if mark == "," and not three:
        return whole + decimals, ""
    if mark == "." and three:
        return whole, decimals
    raise CellRefused(
        "price_ambiguous",
        f"could be {whole}{decimals} or {whole}.{decimals}; write it with"
        f" {currency.exponent} decimals and no thousands mark",
    )


def _ungrouped(whole: str) -> str:
    if whole.isdigit():
        return whole
    found = THOUSANDS.fullmatch(whole) or LAKHS.fullmatch(whole)
    if found is None:
        raise CellRefused("price_malformed", "not a price")
    return whole.replace(found["mark"], "")


def _minor(whole: str, decimals: str, currency: Currency) -> int:
    kept, beyond = decimals[: currency.exponent], decimals[currency.exponent :]
    if beyond.strip("0"):
        message = f"{currency.code} has {currency.exponent} decimals, this has {len(decimals)}"
        raise CellRefused("price_decimals", message)
    amount = int(whole + kept.ljust(currency.exponent, "0"))
    if amount > PRICE_MINOR_MAX:
        raise CellRefused("price_too_large", "too large for a price")
    return amount
