import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog.importing import CellRefused, Currency, parse_price
from apps.shared.money import UnknownCurrency
from tests.catalog.importing.conftest import Reader

USD, JPY, KWD, EUR = (
    Currency("USD", 2),
    Currency("JPY", 0),
    Currency("KWD", 3),
    Currency("EUR", 2),
)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("", USD, None),
        ("   ", USD, None),
        ("0", USD, 0),
        ("19.9", USD, 1990),
        ("19.99", USD, 1999),
        ("19,99", EUR, 1999),
        (".99", USD, 99),
        ("1,299.00", USD, 129900),
        ("1.299,00", EUR, 129900),
        ("1 299,00", EUR, 129900),
        ("1\u202f299,00", EUR, 129900),
        ("1\u00a0299", EUR, 129900),
        ("1'299.50", USD, 129950),
        ("1\u2019299.50", USD, 129950),
        ("1,299", USD, 129900),
        ("1,299,000", USD, 129900000),
        ("1.299.000", EUR, 129900000),
        ("1,29,900.00", Currency("INR", 2), 12990000),
        ("1299.000", USD, 129900),
        ("1,299.000", USD, 129900),
        ("$19.99", USD, 1999),
        ("$ 19.99", USD, 1999),
        ("$19.99 USD", USD, 1999),
        ("19.99 usd", USD, 1999),
        ("\u20ac19,99", EUR, 1999),
        ("1299", JPY, 1299),
        ("1299.00", JPY, 1299),
        ("1,299", JPY, 1299),
        ("\u00a51,299", JPY, 1299),
        ("1.299", KWD, 1299),
        ("1.5", KWD, 1500),
        ("1,299.500", KWD, 1299500),
        ("9999999999.99", USD, 999999999999),
    ],
)
def test_a_price_becomes_minor_units(text: str, currency: Currency, minor: int | None) -> None:
    assert parse_price(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency", "code"),
    [
        ("-1", USD, "price_negative"),
        ("$-1.00", USD, "price_negative"),
        ("-$1.00", USD, "price_negative"),
        ("\u22121", USD, "price_negative"),
        ("(5.00)", USD, "price_negative"),
        ("5-", USD, "price_negative"),
        ("NaN", USD, "price_malformed"),
        ("inf", USD, "price_malformed"),
        ("1e308", USD, "price_malformed"),
        ("1e5", USD, "price_malformed"),
        ("+5", USD, "price_malformed"),
        ("19.", USD, "price_malformed"),
        ("1.2.3", USD, "price_malformed"),
        ("1,29,00", USD, "price_malformed"),
        ("12 99", USD, "price_malformed"),
        ("1.299,00.0", USD, "price_malformed"),
        ("free", USD, "price_malformed"),
        ("USD", USD, "price_malformed"),
        ("\uff11\uff19", USD, "price_malformed"),
        ("\u0661\u0669", USD, "price_malformed"),
        ("1" * 61, USD, "price_malformed"),
        ("1.299", USD, "price_ambiguous"),
        ("1.299", JPY, "price_ambiguous"),
        ("1,299", KWD, "price_ambiguous"),
        ("1.234", EUR, "price_ambiguous"),
        ("19.999", USD, "price_ambiguous"),
        ("0.999", USD, "price_decimals"),
        ("1234.567", USD, "price_decimals"),
        ("19.9999", USD, "price_decimals"),
        ("19.5", JPY, "price_decimals"),
        ("\u20ac19.99", USD, "price_currency"),
        ("19.99 EUR", USD, "price_currency"),
        ("$5", EUR, "price_currency"),
        ("10000000000.00", USD, "price_too_large"),
        ("9" * 40, USD, "price_too_large"),
    ],
)
def test_what_is_no_safe_price_is_refused(text: str, currency: Currency, code: str) -> None:
    with pytest.raises(CellRefused) as refused:
        parse_price(text, currency)
    assert refused.value.code == code


def test_an_ambiguous_price_says_how_to_write_it() -> None:
    with pytest.raises(CellRefused, match=r"could be 1299 or 1\.299; write it with 2 decimals"):
        parse_price("1.299", USD)


@given(
    minor=st.integers(min_value=0, max_value=999_999_999_999),
    exponent=st.sampled_from([0, 2, 3]),
    grouping=st.sampled_from(["", ",", " ", "'"]),
)
def test_a_price_written_with_its_decimals_comes_back(
    minor: int, exponent: int, grouping: str
) -> None:
    whole, decimals = divmod(minor, 10**exponent)
    text = f"{whole:,}".replace(",", grouping)
    if exponent:
        text += f".{decimals:0{exponent}}"
    currency = Currency("XXX", exponent)
    assert parse_price(text, currency) == minor


@given(st.text(max_size=70))
def test_any_text_is_a_price_or_refused(text: str) -> None:
    try:
        minor = parse_price(text, USD)
    except CellRefused:
        return
    assert minor is None or 0 <= minor <= 999_999_999_999


def test_decimals_come_from_the_table_of_currencies(read: Reader) -> None:
    text = "Handle,Title,Price\nmug,Mug,1500\n"
    prices = {
        code: read(text, currency=code).products[0].variants[0].price_minor
        for code in ("JPY", "USD", "KWD")
    }
    assert prices == {"JPY": 1500, "USD": 150_000, "KWD": 1_500_000}


def test_an_unknown_currency_is_refused(read: Reader) -> None:
    with pytest.raises(UnknownCurrency):
        read("Handle,Title,Price\n", currency="XYZ")
