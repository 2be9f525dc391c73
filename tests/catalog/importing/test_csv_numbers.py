import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog.importing import CellRefused
from apps.catalog.importing.handles import generated_sku, parse_handle
from apps.catalog.importing.numbers import (
    parse_flag,
    parse_position,
    parse_quantity,
    parse_weight,
)


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("", None),
        ("0", 0),
        ("12", 12),
        ("+3", 3),
        ("-2", -2),
        ("1.0", 1),
        ("1,000", 1000),
        ("2147483647", 2147483647),
    ],
)
def test_a_quantity_is_a_whole_number(text: str, quantity: int | None) -> None:
    assert parse_quantity(text) == quantity


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.5", "quantity_malformed"),
        ("1.000", "quantity_malformed"),
        ("1,00", "quantity_malformed"),
        ("ten", "quantity_malformed"),
        ("1e3", "quantity_malformed"),
        ("\u0663", "quantity_malformed"),
        ("9" * 30, "quantity_malformed"),
        ("2147483648", "quantity_out_of_range"),
        ("-2147483648", "quantity_out_of_range"),
    ],
)
def test_other_quantities_are_refused(text: str, code: str) -> None:
    with pytest.raises(CellRefused) as refused:
        parse_quantity(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "unit", "grams"),
    [
        ("", "kg", 0),
        ("0", "stones", 0),
        ("250", "", 250),
        ("1.5", "kg", 1500),
        ("1,5", "KG", 1500),
        ("1", "lb", 454),
        ("16", "oz", 454),
        ("0.5", "g", 1),
    ],
)
def test_weights_become_grams(text: str, unit: str, grams: int) -> None:
    assert parse_weight(text, unit) == grams


@pytest.mark.parametrize(
    ("text", "unit", "code"),
    [
        ("1", "stone", "weight_unit"),
        ("-1", "g", "weight_malformed"),
        ("heavy", "g", "weight_malformed"),
        ("3000000", "kg", "weight_out_of_range"),
    ],
)
def test_other_weights_are_refused(text: str, unit: str, code: str) -> None:
    with pytest.raises(CellRefused) as refused:
        parse_weight(text, unit)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "flag"),
    [("", True), ("TRUE", True), ("yes", True), ("WAHR", True), ("false", False), ("0", False)],
)
def test_flags_are_read_as_spreadsheets_write_them(text: str, flag: bool) -> None:
    assert parse_flag(text, default=True) is flag


def test_an_unknown_flag_is_refused() -> None:
    with pytest.raises(CellRefused, match="neither true nor false"):
        parse_flag("maybe", default=True)


@pytest.mark.parametrize("text", ["0", "-1", "first", "1.5"])
def test_positions_start_at_one(text: str) -> None:
    with pytest.raises(CellRefused, match="from 1 on"):
        parse_position(text)


@pytest.mark.parametrize(
    ("text", "handle"),
    [
        ("blue-shirt", "blue-shirt"),
        ("Blue Shirt", "blue-shirt"),
        ("  --Caf\u00e9 / Cr\u00e8me__ ", "cafe-creme"),
        ("Stra\u00dfe", "strasse"),
        ("\u65e5\u672c\u8336", "\u65e5\u672c\u8336"),
        ("50% off!", "50-off"),
    ],
)
def test_a_handle_is_made_fit_for_an_address(text: str, handle: str) -> None:
    assert parse_handle(text) == handle


def test_words_that_differ_in_vowel_marks_only_get_different_handles() -> None:
    assert parse_handle("\u1780\u17b6") != parse_handle("\u1780\u17b7")


@pytest.mark.parametrize(("text", "code"), [("!!!", "handle_malformed"), ("x" * 256, "too_long")])
def test_what_cannot_be_a_handle_is_refused(text: str, code: str) -> None:
    with pytest.raises(CellRefused) as refused:
        parse_handle(text)
    assert refused.value.code == code


def test_a_missing_sku_is_readable_where_it_can_be() -> None:
    assert generated_sku("varsity-top", ()) == "varsity-top"
    assert generated_sku("varsity-top", ("Small", "Light Blue")) == "varsity-top.small.light-blue"


def test_missing_skus_of_values_that_look_alike_differ() -> None:
    plus, minus = generated_sku("top", ("M+",)), generated_sku("top", ("M-",))
    assert plus != minus
    assert plus.startswith("top.m.")


@given(
    st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), unique_by=lambda it: (
        it[0].casefold(), it[1].casefold()
    ), min_size=2, max_size=2)
)  # fmt: skip
def test_missing_skus_are_bounded_and_tell_variants_apart(values: list[tuple[str, str]]) -> None:
    first, second = (generated_sku("h" * 200, pair) for pair in values)
    assert first != second
    assert len(first) <= 100
    assert generated_sku("h" * 200, values[0]) == first
