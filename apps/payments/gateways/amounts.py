"""Converting our minor units (ISO 4217, apps.shared.money) into a provider's way to write amounts.

A provider has one converter: an instance of one of these, made in its folder, where its exceptions
and their source are named.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from apps.shared.money import Money, exponent

_PLAIN_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,8})?")


class AmountNotRepresentable(ValueError):
    """The provider has no way to write this amount in this currency, or what it wrote is none."""


@dataclass(frozen=True, kw_only=True)
class _Converter:
    """`digits`: currencies to which the provider gives another number of decimals than ISO 4217.
    `in_tens`: currencies whose last minor digit must be 0. `currencies`: all that it knows, when it
    knows few."""

    digits: Mapping[str, int] = field(default_factory=dict)
    in_tens: Collection[str] = ()
    currencies: Collection[str] | None = None

    def _digits_of(self, currency: str) -> int:
        if self.currencies is not None and currency not in self.currencies:
            raise AmountNotRepresentable(f"{currency} is not taken by this provider")
        return self.digits.get(currency, exponent(currency))

    def _scaled(self, amount: int, currency: str) -> int:
        """In the provider's smallest units."""
        if currency in self.in_tens and amount % 10:
            raise AmountNotRepresentable(f"{amount} {currency}: the last digit must be 0")
        return _shifted(amount, self._digits_of(currency) - exponent(currency), currency)

    def _unscaled(self, amount: int, currency: str) -> int:
        return _shifted(amount, exponent(currency) - self._digits_of(currency), currency)


@dataclass(frozen=True, kw_only=True)
class MinorUnits(_Converter):
    """For providers that write amounts as whole numbers of their smallest unit."""

    def to_provider(self, amount: int, currency: str) -> int:
        """Our minor units as the provider's. Raises AmountNotRepresentable, UnknownCurrency."""
        return self._scaled(amount, currency)

    def from_provider(self, amount: int, currency: str) -> int:
        """The provider's minor units as ours; `currency` in capitals.

        Raises AmountNotRepresentable, UnknownCurrency.
        """
        if isinstance(amount, bool) or not isinstance(amount, int):
            raise AmountNotRepresentable(f"{amount!r} is no whole number")
        return self._unscaled(amount, currency)


@dataclass(frozen=True, kw_only=True)
class DecimalText(_Converter):
    """For providers that write amounts as text in major units: "19.99", "1999" for JPY."""

    def to_provider(self, amount: int, currency: str) -> str:
        """Our minor units as text. Raises AmountNotRepresentable, UnknownCurrency."""
        digits = self._digits_of(currency)
        self._scaled(amount, currency)
        return f"{Money(amount, currency).major():.{digits}f}"

    def from_provider(self, amount: str, currency: str) -> int:
        """The provider's text as our minor units; `currency` in capitals.

        Raises AmountNotRepresentable, UnknownCurrency.
        """
        self._digits_of(currency)
        if not isinstance(amount, str) or not _PLAIN_DECIMAL.fullmatch(amount):
            raise AmountNotRepresentable(f"{amount!r} is no decimal")
        ours = Decimal(amount).scaleb(exponent(currency))
        if ours != ours.to_integral_value():
            raise AmountNotRepresentable(f"{amount} {currency} is no whole minor unit")
        return int(ours)


def _shifted(amount: int, places: int, currency: str) -> int:
    if places >= 0:
        return int(amount * 10**places)
    whole, rest = divmod(amount, int(10**-places))
    if rest:
        raise AmountNotRepresentable(f"{amount} {currency} is no whole unit")
    return whole
