"""The rows of one handle into one product."""

from dataclasses import dataclass, field
from typing import Final

from apps.catalog.importing import limits
from apps.catalog.importing.cells import Row, one_line
from apps.catalog.importing.columns import Field
from apps.catalog.importing.errors import CellRefused
from apps.catalog.importing.images import read_images
from apps.catalog.importing.numbers import parse_flag
from apps.catalog.importing.options import Options, read_options
from apps.catalog.importing.parsed import LeftOut, ParsedProduct, ParsedVariant
from apps.catalog.importing.prices import Currency
from apps.catalog.importing.sanitising import sanitize_html
from apps.catalog.importing.variants import is_variant, read_variant
from apps.catalog.states import ProductStatus

STATUSES: Final = {
    "active": ProductStatus.ACTIVE,
    "draft": ProductStatus.DRAFT,
    "unlisted": ProductStatus.DRAFT,
    "archived": ProductStatus.ARCHIVED,
}
"""Shopify's `unlisted` (sold by link only) has no counterpart: a draft shows nothing by mistake."""
TITLE_TEXT: Final = one_line(limits.TITLE)
NAME_TEXT: Final = one_line(limits.NAME)
SEO_TITLE_TEXT: Final = one_line(limits.SEO_TITLE)
SEO_DESCRIPTION_TEXT: Final = one_line(limits.SEO_DESCRIPTION)


@dataclass(slots=True)
class FileContext:
    """What has to be known across the products of one file."""

    currency: Currency
    provided: frozenset[str]
    skus: dict[str, int] = field(default_factory=dict)


def read_product(handle: str, rows: list[Row], context: FileContext) -> ParsedProduct | None:
    """The product of `rows` (the first is its head), or None when something refuses it.

    What is wrong is noted in the rows: a problem in a column of the product refuses the whole
    product, one in a column of a variant refuses that variant. Without any good variant there
    is no product. Variants are read in any case, so that one run reports everything.
    """
    first = rows[0]
    if _is_gift_card(first):
        message = "a gift card is not goods: it has a balance, no stock and no shipping"
        first.refuse(Field.GIFT_CARD, "gift_card", message, LeftOut.PRODUCT)
        return None
    product = _read_parts(handle, rows, context)
    refused = any(row.fails(LeftOut.PRODUCT) for row in rows)
    return None if refused or not product.variants else product


def _is_gift_card(first: Row) -> bool:
    """An unreadable flag is reported, and refuses the product: it may be a gift card."""
    return first.take(
        Field.GIFT_CARD, lambda text: parse_flag(text, default=False), LeftOut.PRODUCT, False
    )


def _read_parts(handle: str, rows: list[Row], context: FileContext) -> ParsedProduct:
    first, product = rows[0], LeftOut.PRODUCT
    variant_rows = _variant_rows(rows)
    options = read_options(first, variant_rows)
    variants = _read_variants(handle, variant_rows, options, context)
    return ParsedProduct(
        row=first.number,
        line=first.line,
        handle=handle,
        title=first.take(Field.TITLE, _title, product, ""),
        body_html=first.take(Field.BODY_HTML, _body, product, ""),
        vendor=first.take(Field.VENDOR, NAME_TEXT, product, ""),
        product_type=first.take(Field.PRODUCT_TYPE, NAME_TEXT, product, ""),
        tags=first.take(Field.TAGS, _tags, product, ()),
        status=_status(first),
        seo_title=first.take(Field.SEO_TITLE, SEO_TITLE_TEXT, product, ""),
        seo_description=first.take(Field.SEO_DESCRIPTION, SEO_DESCRIPTION_TEXT, product, ""),
        options=options.names,
        variants=variants,
        images=read_images(rows, variants),
        provided=context.provided,
    )


def _variant_rows(rows: list[Row]) -> list[Row]:
    found = [row for row in rows if is_variant(row)] or rows[:1]
    for row in rows[1:]:
        if not is_variant(row) and not row.has(Field.IMAGE_SRC):
            message = "neither a variant (no price, option or SKU) nor an image"
            row.refuse(None, "nothing_to_import", message, LeftOut.ROW)
    return found


def _read_variants(
    handle: str, rows: list[Row], options: Options, context: FileContext
) -> tuple[ParsedVariant, ...]:
    variants: list[ParsedVariant] = []
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        variant = read_variant(row, handle, options, context.currency)
        if variant is None:
            continue
        earlier = seen.setdefault(
            tuple(value.casefold() for value in variant.option_values), row.number
        )
        if earlier != row.number:
            message = f"row {earlier} is the same variant of this product"
            row.refuse(None, "duplicate_variant", message, LeftOut.VARIANT)
            continue
        owner = context.skus.setdefault(variant.sku, row.number)
        if owner != row.number:
            message = f"row {owner} has the same SKU"
            row.refuse(Field.SKU, "duplicate_sku", message, LeftOut.VARIANT)
            continue
        variants.append(variant)
    return tuple(variants)


def _title(text: str) -> str:
    title = TITLE_TEXT(text)
    if not title:
        message = "the first row of a product needs a title"
        raise CellRefused("title_missing", message)
    return title


def _body(text: str) -> str:
    if len(text) > limits.BODY_HTML:
        raise CellRefused("too_long", f"longer than {limits.BODY_HTML:,} characters")
    return sanitize_html(text)


def _tags(text: str) -> tuple[str, ...]:
    tags: dict[str, str] = {}
    for part in text.split(","):
        tag = " ".join(part.split())
        if len(tag) > limits.TAG:
            raise CellRefused("too_long", f"a tag is longer than {limits.TAG} characters")
        if tag:
            tags.setdefault(tag.casefold(), tag)
    if len(tags) > limits.TAGS:
        raise CellRefused("too_many_tags", f"more than {limits.TAGS} tags")
    return tuple(tags.values())


def _status(first: Row) -> ProductStatus:
    """`Status` decides; an active product that is not published is a draft."""
    published = first.take(
        Field.PUBLISHED, lambda text: parse_flag(text, default=True), LeftOut.PRODUCT, False
    )
    status = first.take(Field.STATUS, _known_status, LeftOut.PRODUCT, ProductStatus.DRAFT)
    return ProductStatus.DRAFT if status is ProductStatus.ACTIVE and not published else status


def _known_status(text: str) -> ProductStatus:
    try:
        return STATUSES[text.casefold() or "active"]
    except KeyError:
        raise CellRefused("status_unknown", "not active, draft or archived") from None
