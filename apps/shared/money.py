"""Money as integers: an amount in the currency's minor units and its ISO 4217 code.

The exponent table is the only place that knows how many minor units make a major one.
Source: ISO 4217 list one (active codes and minor units).
"""

from dataclasses import dataclass
from decimal import Decimal

from .errors import Rejected

_EXPONENT_OTHER_THAN_TWO = {
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
_EXPONENT_TWO = frozenset(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
    "GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD "
    "MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP "
    "PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS "
    "TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG".split()
)


class UnknownCurrency(Rejected):
    """The code is not an active ISO 4217 currency."""

    code = "unknown_currency"


def exponent(currency: str) -> int:
    """How many decimal places the currency's minor unit has (JPY 0, USD 2, KWD 3).

    Raises UnknownCurrency for anything but an active, upper-case ISO 4217 code.
    """
    if currency in _EXPONENT_TWO:
        return 2
    try:
        return _EXPONENT_OTHER_THAN_TWO[currency]
    except KeyError:
        raise UnknownCurrency(currency=currency) from None


def currencies() -> list[str]:
    """Every code that `exponent` knows, sorted."""
    return sorted([*_EXPONENT_TWO, *_EXPONENT_OTHER_THAN_TWO])


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units; two amounts meet only in one currency."""

    amount: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return Money(self.amount + other.amount, self.currency)

    def major(self) -> Decimal:
        """The amount in major units, exact: Money(1999, "USD").major() == Decimal("19.99")."""
        return Decimal(self.amount).scaleb(-exponent(self.currency))

    def display(self) -> str:
        """For people, language-neutral: "19.99 USD", "1999 JPY"."""
        return f"{self.major():,.{exponent(self.currency)}f} {self.currency}"

    def as_json(self) -> dict[str, object]:
        """The API's shape of money."""
        return {"amount": self.amount, "currency": self.currency, "display": self.display()}


def share(amount: int, *, part: int, whole: int) -> int:
    """What falls to `part` of `whole` of an amount, rounded down: the tax in a part of a price."""
    return amount * part // whole if whole else 0
