"""Amounts as decimal text, for providers that write them so. Exponents as in ISO 4217."""

from decimal import Decimal, InvalidOperation

_EXPONENTS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "BHD": 3, "KWD": 3, "OMR": 3, "JOD": 3}


def exponent_of(currency: str) -> int:
    return _EXPONENTS.get(currency.upper(), 2)


def minor_units(value: str, currency: str) -> int:
    """Return ``"19.99"`` USD as 1999. Raises ValueError for more places than there are."""
    try:
        scaled = Decimal(value).scaleb(exponent_of(currency))
    except InvalidOperation:
        raise ValueError(f"{value!r} is no amount") from None
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{value} {currency} has too many decimal places")
    return int(scaled)


def decimal_text(amount: int, currency: str) -> str:
    """Return 1999 USD as ``"19.99"``."""
    return str(Decimal(amount).scaleb(-exponent_of(currency)))
