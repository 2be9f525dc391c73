"""One exponent table, one converter per provider: what each of them writes for our minor units."""

from typing import Any

import pytest

from apps.payments.gateways.amounts import AmountNotRepresentable, DecimalText
from apps.payments.gateways.bakong.amounts import AMOUNTS as BAKONG
from apps.payments.gateways.paypal.amounts import AMOUNTS as PAYPAL
from apps.payments.gateways.razorpay.amounts import AMOUNTS as RAZORPAY
from apps.payments.gateways.stripe.amounts import AMOUNTS as STRIPE
from apps.shared.money import UnknownCurrency, currencies, exponent

CONVERTERS = {"stripe": STRIPE, "paypal": PAYPAL, "razorpay": RAZORPAY, "bakong": BAKONG}


@pytest.mark.parametrize(
    ("provider", "amount", "currency", "written"),
    [
        ("stripe", 1999, "USD", 1999),
        ("stripe", 1999, "JPY", 1999),
        ("stripe", 19990, "KWD", 19990),
        ("stripe", 400000, "KHR", 400000),
        ("stripe", 1500000, "IDR", 1500000),
        ("stripe", 5, "ISK", 500),
        ("stripe", 5, "UGX", 500),
        ("paypal", 1999, "USD", "19.99"),
        ("paypal", 1999, "JPY", "1999"),
        ("paypal", 5, "USD", "0.05"),
        ("paypal", 199900, "HUF", "1999"),
        ("paypal", 199900, "TWD", "1999"),
        ("razorpay", 1999, "USD", 1999),
        ("razorpay", 1999, "INR", 1999),
        ("razorpay", 1999, "JPY", 1999),
        ("razorpay", 19990, "KWD", 19990),
        ("razorpay", 400000, "KHR", 400000),
        ("razorpay", 1500000, "IDR", 1500000),
        ("bakong", 1999, "USD", "19.99"),
        ("bakong", 400000, "KHR", "4000"),
    ],
)
def test_amounts_go_there_and_come_back(
    provider: str, amount: int, currency: str, written: int | str
) -> None:
    converter: Any = CONVERTERS[provider]

    there = converter.to_provider(amount, currency)

    assert (there, type(there)) == (written, type(written))
    assert converter.from_provider(there, currency) == amount


@pytest.mark.parametrize(
    ("provider", "amount", "currency"),
    [
        ("stripe", 19991, "KWD"),
        ("razorpay", 19991, "KWD"),
        ("paypal", 1999, "HUF"),
        ("paypal", 1999, "KWD"),
        ("paypal", 1999, "KHR"),
        ("paypal", 1999, "IDR"),
        ("bakong", 400050, "KHR"),
        ("bakong", 1999, "JPY"),
        ("bakong", 1999, "IDR"),
    ],
)
def test_what_a_provider_cannot_write_is_refused_and_never_rounded(
    provider: str, amount: int, currency: str
) -> None:
    with pytest.raises(AmountNotRepresentable):
        CONVERTERS[provider].to_provider(amount, currency)


@pytest.mark.parametrize(
    ("converter", "told", "currency"),
    [
        (STRIPE, 501, "ISK"),
        (STRIPE, 19.99, "USD"),
        (STRIPE, True, "USD"),
        (STRIPE, "1999", "USD"),
        (PAYPAL, "19.999", "USD"),
        (PAYPAL, "0.5", "JPY"),
        (PAYPAL, "1e3", "USD"),
        (PAYPAL, "NaN", "USD"),
        (PAYPAL, "19,99", "USD"),
        (PAYPAL, " 19.99", "USD"),
        (PAYPAL, "١٩", "USD"),
        (PAYPAL, 19.99, "USD"),
        (PAYPAL, "", "USD"),
    ],
)
def test_what_a_provider_tells_is_taken_exactly_or_not_at_all(
    converter: Any, told: Any, currency: str
) -> None:
    with pytest.raises(AmountNotRepresentable):
        converter.from_provider(told, currency)


@pytest.mark.parametrize("converter", [STRIPE, RAZORPAY, DecimalText()])
def test_every_currency_goes_there_and_comes_back(converter: Any) -> None:
    for currency in currencies():
        amount = 7 * 10 ** (exponent(currency) + 1)
        assert converter.from_provider(converter.to_provider(amount, currency), currency) == amount


def test_an_unknown_currency_has_no_amounts() -> None:
    with pytest.raises(UnknownCurrency):
        STRIPE.to_provider(1, "XXX")
