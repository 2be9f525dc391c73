"""The variant part of a row."""

import re
from collections.abc import Callable
from typing import Final

from apps.catalog.importing.cells import Row, one_line
from apps.catalog.importing.columns import Field
from apps.catalog.importing.errors import CellRefused
from apps.catalog.importing.handles import generated_sku
from apps.catalog.importing.images import variant_image
from apps.catalog.importing.limits import BARCODE, SKU, TAX_CODE
from apps.catalog.importing.numbers import parse_flag, parse_quantity, parse_weight
from apps.catalog.importing.options import Options, read_values
from apps.catalog.importing.parsed import LeftOut, ParsedVariant
from apps.catalog.importing.prices import Currency, parse_price
from apps.catalog.states import InventoryPolicy

EVIDENCE: Final = (
    Field.PRICE, Field.OPTION1_VALUE, Field.OPTION2_VALUE, Field.OPTION3_VALUE, Field.SKU,
    Field.BARCODE, Field.COMPARE_AT,
)  # fmt: skip
"""A row with any of these describes a variant. The others (policy, weight, flags) are not enough:
some tools fill them on every row, image rows included."""
POLICIES: Final = {
    "": InventoryPolicy.DENY,
    "deny": InventoryPolicy.DENY,
    "false": InventoryPolicy.DENY,
    "continue": InventoryPolicy.CONTINUE,
    "true": InventoryPolicy.CONTINUE,
}
SPREADSHEET_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
TAX_CODE_TEXT: Final = one_line(TAX_CODE)


def is_variant(row: Row) -> bool:
    """Whether a row describes a variant, as against an image only."""
    cells = row.cells
    return any(field in cells for field in EVIDENCE)


def read_variant(
    row: Row, handle: str, options: Options, currency: Currency
) -> ParsedVariant | None:
    """The variant of a row, or None when something in the row refuses it. Every bad cell of the
    row is noted, not only the first."""
    values = read_values(row, options)
    price = row.take(Field.PRICE, lambda text: _price(text, currency), LeftOut.VARIANT, 0)
    compare_at = row.take(
        Field.COMPARE_AT, lambda text: parse_price(text, currency), LeftOut.VARIANT, None
    )
    sku = row.take(Field.SKU, _text_cell(SKU), LeftOut.VARIANT, "")
    quantity = row.take(Field.QUANTITY, parse_quantity, LeftOut.VARIANT, None)
    variant = ParsedVariant(
        row=row.number,
        line=row.line,
        sku=sku or generated_sku(handle, values),
        sku_generated=not sku,
        option_values=values,
        price_minor=price,
        compare_at_minor=compare_at or None,
        grams=_grams(row),
        barcode=row.take(Field.BARCODE, _barcode, LeftOut.VALUE, ""),
        requires_shipping=_flag(row, Field.REQUIRES_SHIPPING, default=True),
        taxable=_flag(row, Field.TAXABLE, default=True),
        tax_code=row.take(Field.TAX_CODE, TAX_CODE_TEXT, LeftOut.VARIANT, ""),
        inventory_policy=row.take(Field.POLICY, _policy, LeftOut.VARIANT, InventoryPolicy.DENY),
        inventory_quantity=quantity,
        tracked=row.has(Field.TRACKER) or quantity is not None,
        image_src=variant_image(row),
    )
    return None if row.fails(LeftOut.VARIANT) else variant


def _price(text: str, currency: Currency) -> int:
    price = parse_price(text, currency)
    if price is None:
        raise CellRefused("price_missing", "a variant needs a price")
    return price


def _policy(text: str) -> InventoryPolicy:
    try:
        return POLICIES[text.casefold()]
    except KeyError:
        raise CellRefused("policy_unknown", "neither deny nor continue") from None


def _flag(row: Row, field: Field, *, default: bool) -> bool:
    return row.take(field, lambda text: parse_flag(text, default), LeftOut.VARIANT, default)


def _text_cell(limit: int) -> Callable[[str], str]:
    """Text that spreadsheets take for a number; the apostrophe Shopify writes before it to
    prevent that is not part of it. A leading `=`, `+`, `-` or `@` is data and stays."""
    parse = one_line(limit)
    return lambda text: parse(text.removeprefix("'"))


def _barcode(text: str) -> str:
    barcode = _text_cell(BARCODE)(text)
    if SPREADSHEET_NUMBER.fullmatch(barcode):
        raise CellRefused("barcode_rounded", "a spreadsheet has rounded this barcode")
    return barcode


def _grams(row: Row) -> int:
    if row.has(Field.GRAMS) or not row.has(Field.WEIGHT):
        return row.take(Field.GRAMS, parse_weight, LeftOut.VARIANT, 0)
    unit = row.text(Field.WEIGHT_UNIT)
    return row.take(Field.WEIGHT, lambda text: parse_weight(text, unit), LeftOut.VARIANT, 0)
