"""Amounts and currencies as Stripe takes them."""

from tests.simulator.providers.stripe.errors import StripeError, invalid_parameter

# https://docs.stripe.com/currencies#presentment-currencies
_CURRENCIES = """
    usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn
    bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf
    gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr
    lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen
    pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd
    top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw
"""
CURRENCIES = frozenset(_CURRENCIES.split())
# https://docs.stripe.com/currencies#zero-decimal and #three-decimal
_ZERO = "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf"
_ZERO_DECIMALS = frozenset(_ZERO.split())
_THREE_DECIMALS = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])
# https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts: digits of the largest
_MOST_DIGITS = {"idr": 12, "cop": 10, "huf": 10, "jpy": 10, "lbp": 10, "inr": 9}
_USUAL_DIGITS = 8


def checked_currency(given: str) -> str:
    """Return the currency in lower case. Raises StripeError for one that Stripe does not take."""
    currency = given.lower()
    if currency not in CURRENCIES:
        raise invalid_parameter(
            f"Invalid currency: {given}. Stripe currently supports these currencies:"
            f" {', '.join(sorted(CURRENCIES))}",
            "currency",
        )
    return currency


def checked_amount(amount: int, currency: str, param: str = "amount") -> int:
    """Return the amount, in the smallest unit. Raises StripeError below 1 or above the largest.

    Three-decimal amounts must end in 0, as the card networks know two decimals only.
    """
    if amount < 1:
        raise invalid_parameter(
            "This value must be greater than or equal to 1.", param, "parameter_invalid_integer"
        )
    most = 10 ** _MOST_DIGITS.get(currency, _USUAL_DIGITS) - 1
    if amount > most:
        raise invalid_parameter(
            f"Amount must be no more than {formatted(most, currency)}", param, "amount_too_large"
        )
    if currency in _THREE_DECIMALS and amount % 10:
        raise StripeError(
            f"Invalid amount. Amounts in {currency} must be evenly divisible by 10.",
            param=param,
            executed=False,
        )
    return amount


def formatted(amount: int, currency: str) -> str:
    """Return the amount as Stripe's messages write it, for people: ``12.50 USD``."""
    if currency in _ZERO_DECIMALS:
        return f"{amount} {currency.upper()}"
    places = 3 if currency in _THREE_DECIMALS else 2
    whole, part = divmod(amount, 10**places)
    return f"{whole}.{part:0{places}} {currency.upper()}"
