"""What a product's variants differ in: option names, and each row's values for them."""

from dataclasses import dataclass
from typing import Final

from apps.catalog.importing.cells import Row, one_line
from apps.catalog.importing.columns import Field
from apps.catalog.importing.limits import NAME, VARIANT_TITLE
from apps.catalog.importing.parsed import LeftOut

PAIRS: Final = (
    (Field.OPTION1_NAME, Field.OPTION1_VALUE),
    (Field.OPTION2_NAME, Field.OPTION2_VALUE),
    (Field.OPTION3_NAME, Field.OPTION3_VALUE),
)
NO_OPTION: Final = "default title"
"""The value Shopify writes, under the option `Title`, for a product without options."""
VALUE: Final = one_line(NAME)


@dataclass(frozen=True, slots=True)
class Options:
    """The names in their order and the columns the values stand in; empty without options."""

    names: tuple[str, ...]
    pairs: tuple[tuple[Field, Field], ...]


def read_options(first: Row, variant_rows: list[Row]) -> Options:
    """The options of a product, named by its first row.

    A product whose variant rows have no value at all, or only `Default Title`, has no options
    even when a name is given. A value without a name anywhere makes an option called
    `Option 1` (2, 3). Two options of the same name refuse the product.
    """
    if all(_is_default(row) for row in variant_rows):
        return Options((), ())
    names: list[str] = []
    pairs: list[tuple[Field, Field]] = []
    for number, (name_field, value_field) in enumerate(PAIRS, start=1):
        named = next((row for row in (first, *variant_rows) if row.has(name_field)), None)
        if named is None and not any(row.has(value_field) for row in variant_rows):
            continue
        name = named.take(name_field, VALUE, LeftOut.PRODUCT, "") if named else f"Option {number}"
        if name.casefold() in {known.casefold() for known in names}:
            first.refuse(
                name_field, "duplicate_option", "two options have this name", LeftOut.PRODUCT
            )
        names.append(name)
        pairs.append((name_field, value_field))
    return Options(tuple(names), tuple(pairs))


def _is_default(row: Row) -> bool:
    return all(row.text(value).casefold() in {"", NO_OPTION} for _, value in PAIRS)


def read_values(row: Row, options: Options) -> tuple[str, ...]:
    """The row's value of every option; a missing one, or a name other than the product's, refuses
    the variant."""
    values = []
    for name, (name_field, value_field) in zip(options.names, options.pairs, strict=True):
        own = row.text(name_field)
        if own and " ".join(own.split()).casefold() != name.casefold():
            message = f"the product's first row calls this option {name[:40]!r}"
            row.refuse(name_field, "option_name_differs", message, LeftOut.VARIANT)
        value = row.take(value_field, VALUE, LeftOut.VARIANT, "")
        if not row.has(value_field):
            message = f"no value for the option {name[:40]!r}"
            row.refuse(value_field, "option_value_missing", message, LeftOut.VARIANT)
        values.append(value)
    if len(" / ".join(values)) > VARIANT_TITLE:
        message = f"the option values are longer than {VARIANT_TITLE} characters together"
        row.refuse(options.pairs[0][1], "too_long", message, LeftOut.VARIANT)
    return tuple(values)
