"""Stripe's amounts: minor units as in ISO 4217, with Stripe's own exceptions.

Source: https://docs.stripe.com/currencies (zero-decimal and special-case currencies), API version
2026-10-28.
"""

from apps.shared.money import exponent

# Two-decimal at Stripe, though ISO 4217 gives them none.
_BACKWARDS_COMPATIBLE = {"ISK", "UGX"}
# Three-decimal currencies: the last digit must be 0.
_ROUNDED_THOUSANDTHS = {"BHD", "JOD", "KWD", "OMR", "TND"}


class AmountNotRepresentable(ValueError):
    """Stripe cannot charge this amount in this currency."""


def _shift(currency: str) -> int:
    return 2 if currency in _BACKWARDS_COMPATIBLE else exponent(currency)


def to_stripe(amount: int, currency: str) -> int:
    """Our minor units as Stripe's. Raises AmountNotRepresentable."""
    if currency in _ROUNDED_THOUSANDTHS and amount % 10:
        raise AmountNotRepresentable(f"{amount} {currency}: the last digit must be 0")
    return int(amount * 10 ** (_shift(currency) - exponent(currency)))


def from_stripe(amount: int, currency: str) -> int:
    """Stripe's minor units as ours; `currency` in capitals. Raises AmountNotRepresentable."""
    shift = _shift(currency) - exponent(currency)
    ours, rest = divmod(amount, int(10**shift))
    if rest:
        raise AmountNotRepresentable(f"{amount} {currency} at Stripe is no whole minor unit")
    return ours
