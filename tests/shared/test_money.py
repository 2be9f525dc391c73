"""Amounts are integers; how many make a major unit is asked of one table."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.shared.money import Money, UnknownCurrency, currencies, exponent


@pytest.mark.parametrize(
    ("code", "places"), [("USD", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("CLF", 4)]
)
def test_exponents_of_iso_4217(code, places):
    assert exponent(code) == places


@pytest.mark.parametrize("code", ["", "usd", "XXX", "XTS", "US", "USDD", "ＵＳＤ", "DEM", "BTC"])
def test_what_is_no_active_currency_is_refused(code):
    with pytest.raises(UnknownCurrency) as refused:
        exponent(code)
    assert refused.value.code == "unknown_currency"


def test_the_table_has_each_code_once():
    """ISO 4217 list one without funds codes, metals, testing codes and units of account."""
    codes = currencies()

    assert len(codes) == len(set(codes))
    assert all(len(one) == 3 and one.isascii() and one.isupper() for one in codes)
    assert 150 <= len(codes) <= 165
    places = [exponent(one) for one in codes]
    assert (places.count(0), places.count(3), places.count(4)) == (17, 7, 2)


@pytest.mark.parametrize(
    ("amount", "code", "display"),
    [
        (1999, "USD", "19.99 USD"),
        (5, "USD", "0.05 USD"),
        (-5, "USD", "-0.05 USD"),
        (1999, "JPY", "1,999 JPY"),
        (1999, "KWD", "1.999 KWD"),
        (123456789, "EUR", "1,234,567.89 EUR"),
        (0, "CLF", "0.0000 CLF"),
        (2**63 - 1, "USD", "92,233,720,368,547,758.07 USD"),
    ],
)
def test_display_is_exact(amount, code, display):
    money = Money(amount, code)

    assert money.display() == display
    assert money.as_json() == {"amount": amount, "currency": code, "display": display}


@given(st.integers(-(2**63), 2**63 - 1), st.sampled_from(currencies()))
def test_major_units_go_there_and_back(amount, code):
    major = Money(amount, code).major()

    assert isinstance(major, Decimal)
    assert int(major.scaleb(exponent(code))) == amount


def test_amounts_add_up_in_one_currency_only():
    assert Money(1, "USD") + Money(2, "USD") == Money(3, "USD")
    with pytest.raises(ValueError, match="USD and JPY"):
        Money(1, "USD") + Money(2, "JPY")


def test_money_cannot_be_changed():
    with pytest.raises(AttributeError):
        Money(1, "USD").amount = 2
