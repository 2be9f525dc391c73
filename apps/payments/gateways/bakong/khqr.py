"""KHQR: the codes that Cambodian banking apps scan.

Source: National Bank of Cambodia, KHQR Content Guideline v1.4, on top of EMVCo's merchant-presented
QR codes: tag, two digits of length in characters, value; in the order below, the CRC last. Held
against the bank's own package in tests/payments/test_khqr.py.
"""

import binascii
import hashlib
from dataclasses import dataclass

_CURRENCIES = {"KHR": "116", "USD": "840"}
_CATEGORY = "5999"  # specialty retail
_LONGEST_VALUE = 99
_ADDITIONAL = (
    ("01", "bill_number"),
    ("02", "mobile_number"),
    ("03", "store_label"),
    ("07", "terminal_label"),
    ("08", "purpose"),
)


class NotEncodable(ValueError):
    """A field is too long for its place, or not there."""


@dataclass(frozen=True, kw_only=True)
class Merchant:
    """Who is paid. With `merchant_id` it is a merchant's account, else a person's."""

    account: str  # name@bank
    name: str
    city: str
    merchant_id: str = ""
    acquiring_bank: str = ""
    account_information: str = ""
    category: str = _CATEGORY
    language: str = ""
    local_name: str = ""
    local_city: str = ""

    def __post_init__(self) -> None:
        for field, longest in _LONGEST.items():
            value = getattr(self, field)
            if len(value) > longest:
                raise NotEncodable(f"{field} is longer than {longest} characters")
        for field in ("account", "name", "city"):
            if not getattr(self, field):
                raise NotEncodable(f"{field} is missing")
        if "@" not in self.account:
            raise NotEncodable("account is not name@bank")


_LONGEST = {
    "account": 32,
    "name": 25,
    "city": 15,
    "merchant_id": 32,
    "acquiring_bank": 32,
    "account_information": 32,
    "category": 4,
    "language": 2,
    "local_name": 25,
    "local_city": 15,
}


@dataclass(frozen=True, kw_only=True)
class Sale:
    """What is paid for. `amount` is decimal text; times in milliseconds since 1970."""

    amount: str
    currency: str
    created: int
    expires: int
    bill_number: str = ""
    mobile_number: str = ""
    store_label: str = ""
    terminal_label: str = ""
    purpose: str = ""


def dynamic_code(merchant: Merchant, sale: Sale) -> str:
    """A code for one payment, with its amount and its life. Raises NotEncodable."""
    return _with_crc(
        _tag("00", "01"),
        _tag("01", "12"),
        _account(merchant),
        _tag("52", merchant.category),
        _tag("53", _CURRENCIES[sale.currency]),
        _tag("54", _amount(sale.amount)),
        _tag("58", "KH"),
        _tag("59", merchant.name),
        _tag("60", merchant.city),
        _additional(sale),
        _languages(merchant),
        _tag("99", _tag("00", str(sale.created)) + _tag("01", str(sale.expires))),
    )


def static_code(merchant: Merchant, currency: str) -> str:
    """A code to be printed: the payer writes the amount. It can be paid any number of times.

    Raises NotEncodable.
    """
    return _with_crc(
        _tag("00", "01"),
        _tag("01", "11"),
        _account(merchant),
        _tag("52", merchant.category),
        _tag("53", _CURRENCIES[currency]),
        _tag("58", "KH"),
        _tag("59", merchant.name),
        _tag("60", merchant.city),
        _languages(merchant),
    )


def digest(code: str) -> str:
    """By which the bank knows a code: its MD5, in hexadecimal digits."""
    return hashlib.md5(code.encode(), usedforsecurity=False).hexdigest()


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, from 0xFFFF, not reflected."""
    return binascii.crc_hqx(data, 0xFFFF)


def _with_crc(*tags: str) -> str:
    body = "".join(tags) + "6304"
    return f"{body}{crc16(body.encode()):04X}"


def _tag(tag: str, value: str) -> str:
    if len(value) > _LONGEST_VALUE:
        raise NotEncodable(f"tag {tag} is longer than {_LONGEST_VALUE} characters")
    return f"{tag}{len(value):02d}{value}"


def _account(merchant: Merchant) -> str:
    inner = _tag("00", merchant.account)
    if merchant.merchant_id:
        if not merchant.acquiring_bank:
            raise NotEncodable("acquiring_bank is missing")
        inner += _tag("01", merchant.merchant_id) + _tag("02", merchant.acquiring_bank)
        return _tag("30", inner)
    if merchant.account_information:
        inner += _tag("01", merchant.account_information)
    if merchant.acquiring_bank:
        inner += _tag("02", merchant.acquiring_bank)
    return _tag("29", inner)


def _amount(text: str) -> str:
    if not 0 < len(text) <= 13:
        raise NotEncodable("the amount has more than 13 characters")
    return text


def _additional(sale: Sale) -> str:
    inner = ""
    for tag, field in _ADDITIONAL:
        value = getattr(sale, field)
        if len(value) > 25:
            raise NotEncodable(f"{field} is longer than 25 characters")
        inner += _tag(tag, value) if value else ""
    return _tag("62", inner) if inner else ""


def _languages(merchant: Merchant) -> str:
    """The names in another script. Each asks for the language's code."""
    if not merchant.language:
        return ""
    inner = _tag("00", merchant.language)
    if not merchant.local_name:
        raise NotEncodable("local_name is missing")
    inner += _tag("01", merchant.local_name)
    inner += _tag("02", merchant.local_city) if merchant.local_city else ""
    return _tag("64", inner)
