"""KHQR codes against those of the National Bank of Cambodia's own package.

`data/khqr_vectors.json` was made once with its npm package `bakong-khqr` 1.0.20, by calling
`generateIndividual` and `generateMerchant` with the clock (`Date.now`) fixed at `created`.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.payments.gateways.bakong.khqr import (
    Merchant,
    NotEncodable,
    Sale,
    crc16,
    digest,
    dynamic_code,
    static_code,
)

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "khqr_vectors.json").read_text()
)["vectors"]


def merchant(**fields: str) -> Merchant:
    return Merchant(**{"account": "shop@wing", "name": "Apparel", "city": "Phnom Penh", **fields})


def sale(**fields: Any) -> Sale:
    told = {"amount": "1.00", "currency": "USD", "created": 1767323045678, "expires": 1767323945678}
    return Sale(**{**told, **fields})


def merchant_of(vector: dict[str, Any]) -> Merchant:
    names = {
        "account": "account",
        "name": "name",
        "city": "city",
        "merchant": "merchant_id",
        "bank": "acquiring_bank",
        "info": "account_information",
        "category": "category",
        "language": "language",
        "altName": "local_name",
        "altCity": "local_city",
    }
    return Merchant(**{ours: vector[theirs] for theirs, ours in names.items() if theirs in vector})


def sale_of(vector: dict[str, Any]) -> Sale:
    names = {
        "bill": "bill_number",
        "mobile": "mobile_number",
        "store": "store_label",
        "terminal": "terminal_label",
        "purpose": "purpose",
    }
    return Sale(
        amount=vector["amount"],
        currency=vector["currency"],
        created=vector["created"],
        expires=vector["expires"],
        **{ours: vector[theirs] for theirs, ours in names.items() if theirs in vector},
    )


@pytest.mark.parametrize("vector", VECTORS, ids=[one["title"] for one in VECTORS])
def test_codes_are_those_of_the_national_bank(vector: dict[str, Any]) -> None:
    if vector["amount"]:
        code = dynamic_code(merchant_of(vector), sale_of(vector))
    else:
        code = static_code(merchant_of(vector), vector["currency"])

    assert code == vector["qr"]
    assert digest(code) == vector["md5"]


def test_the_crc_is_the_one_of_the_emv_specification() -> None:
    """The check value of CRC-16/CCITT-FALSE."""
    assert crc16(b"123456789") == 0x29B1


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: merchant(name=""), "name is missing"),
        (lambda: merchant(name="N" * 26), "name is longer than 25"),
        (lambda: merchant(city="C" * 16), "city is longer than 15"),
        (lambda: merchant(account="shop"), "not name@bank"),
        (lambda: dynamic_code(merchant(), sale(bill_number="9" * 26)), "bill_number is longer"),
        (lambda: dynamic_code(merchant(), sale(amount="9" * 14)), "more than 13"),
        (lambda: dynamic_code(merchant(merchant_id="1"), sale()), "acquiring_bank is missing"),
        (
            lambda: dynamic_code(
                merchant(account="a@" + "b" * 30, merchant_id="1" * 32, acquiring_bank="B" * 32),
                sale(),
            ),
            "tag 30 is longer than 99",
        ),
    ],
)
def test_what_does_not_fit_is_refused(make: Any, problem: str) -> None:
    with pytest.raises(NotEncodable, match=problem):
        make()


@given(
    bill=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=25),
    cents=st.integers(1, 10**10),
)
def test_every_code_reads_back(bill: str, cents: int) -> None:
    amount = f"{cents // 100}.{cents % 100:02d}"
    code = dynamic_code(merchant(), sale(bill_number=bill, amount=amount))

    tags = read(code)

    assert tags["54"] == amount
    assert read(tags["62"])["01"] == bill
    assert tags["63"] == f"{crc16(code[:-4].encode()):04X}"


def read(code: str) -> dict[str, str]:
    found, at = {}, 0
    while at < len(code):
        length = int(code[at + 2 : at + 4])
        found[code[at : at + 2]] = code[at + 4 : at + 4 + length]
        at += 4 + length
    return found
