"""Which heading means what.

Shopify's product export had one set of headings until 2024 (`Handle`, `Body (HTML)`,
`Variant Inventory Qty`) and another since (`URL handle`, `Description`, `Inventory quantity`);
other tools write their own variations of both. Headings are compared by their letters and
digits alone, so `variant_sku`, `Variant SKU` and `VARIANT SKU ` are one.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from apps.catalog.importing.errors import CsvUnreadable


class Field(StrEnum):
    """What the importer reads from a row."""

    HANDLE = "handle"
    TITLE = "title"
    BODY_HTML = "body_html"
    VENDOR = "vendor"
    PRODUCT_TYPE = "product_type"
    TAGS = "tags"
    PUBLISHED = "published"
    STATUS = "status"
    SEO_TITLE = "seo_title"
    SEO_DESCRIPTION = "seo_description"
    GIFT_CARD = "gift_card"
    OPTION1_NAME = "option1_name"
    OPTION1_VALUE = "option1_value"
    OPTION2_NAME = "option2_name"
    OPTION2_VALUE = "option2_value"
    OPTION3_NAME = "option3_name"
    OPTION3_VALUE = "option3_value"
    SKU = "sku"
    BARCODE = "barcode"
    PRICE = "price"
    COMPARE_AT = "compare_at"
    GRAMS = "grams"
    WEIGHT = "weight"
    WEIGHT_UNIT = "weight_unit"
    QUANTITY = "quantity"
    TRACKER = "tracker"
    POLICY = "policy"
    REQUIRES_SHIPPING = "requires_shipping"
    TAXABLE = "taxable"
    TAX_CODE = "tax_code"
    IMAGE_SRC = "image_src"
    IMAGE_POSITION = "image_position"
    IMAGE_ALT = "image_alt"
    VARIANT_IMAGE = "variant_image"


REQUIRED: Final = {
    Field.HANDLE: "Handle (or URL handle)",
    Field.TITLE: "Title",
    Field.PRICE: "Variant Price (or Price)",
}
SPELLINGS: Final[dict[Field, str]] = {
    Field.HANDLE: "Handle; URL handle; Product handle",
    Field.TITLE: "Title; Product title",
    Field.BODY_HTML: "Body (HTML); Description; Body; Body HTML; Description HTML",
    Field.VENDOR: "Vendor",
    Field.PRODUCT_TYPE: "Type; Product type; Custom product type",
    Field.TAGS: "Tags",
    Field.PUBLISHED: "Published; Published on online store",
    Field.STATUS: "Status",
    Field.SEO_TITLE: "SEO title",
    Field.SEO_DESCRIPTION: "SEO description",
    Field.GIFT_CARD: "Gift card",
    Field.OPTION1_NAME: "Option1 name",
    Field.OPTION1_VALUE: "Option1 value",
    Field.OPTION2_NAME: "Option2 name",
    Field.OPTION2_VALUE: "Option2 value",
    Field.OPTION3_NAME: "Option3 name",
    Field.OPTION3_VALUE: "Option3 value",
    Field.SKU: "Variant SKU; SKU",
    Field.BARCODE: "Variant barcode; Barcode; Barcodes",
    Field.PRICE: "Variant price; Price",
    Field.COMPARE_AT: "Variant compare at price; Compare-at price",
    Field.GRAMS: "Variant grams; Weight value (grams); Grams",
    Field.WEIGHT: "Variant weight; Weight; Weight value",
    Field.WEIGHT_UNIT: "Variant weight unit; Weight unit for display; Weight unit",
    Field.QUANTITY: "Variant inventory qty; Variant inventory quantity; Inventory quantity",
    Field.TRACKER: "Variant inventory tracker; Inventory tracker",
    Field.POLICY: "Variant inventory policy; Inventory policy; Continue selling when out of stock",
    Field.REQUIRES_SHIPPING: "Variant requires shipping; Requires shipping",
    Field.TAXABLE: "Variant taxable; Charge tax; Taxable",
    Field.TAX_CODE: "Variant tax code; Tax code",
    Field.IMAGE_SRC: "Image src; Product image URL; Image URL; Images; Additional image src",
    Field.IMAGE_POSITION: "Image position",
    Field.IMAGE_ALT: "Image alt text",
    Field.VARIANT_IMAGE: "Variant image; Variant image URL",
}
UNUSED: Final = frozenset({
    "optionlinkedto", "costperitem", "variantcost", "productcategory",
    "variantfulfillmentservice", "fulfillmentservice", "unitpricetotalmeasure",
    "unitpricetotalmeasureunit", "unitpricebasemeasure", "unitpricebasemeasureunit",
    "publishedat", "publishedscope", "templatesuffix", "collection",
})  # fmt: skip
UNUSED_SHAPES: Final = re.compile(
    r"google shopping|included /|price /|compare.at price /|metafields?\b|^option\d linked to$"
)


def heading_key(heading: str) -> str:
    """The letters and digits of a heading, compatibility forms folded, case dropped."""
    folded = unicodedata.normalize("NFKC", heading).casefold()
    return "".join(character for character in folded if character.isalnum())


KEYS: Final = {
    heading_key(spelling): field
    for field, spellings in SPELLINGS.items()
    for spelling in spellings.split(";")
}
NUMBERED_IMAGE: Final = re.compile(r"(?:imagesrc|imageurl|productimageurl|additionalimagesrc)\d+")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands. Only images may stand in several columns."""

    places: dict[Field, int]
    more_images: tuple[int, ...]
    names: dict[Field, str]
    width: int
    notes: tuple[str, ...]


def field_of(heading: str) -> Field | None:
    """The field a heading stands for, if any."""
    key = heading_key(heading)
    if NUMBERED_IMAGE.fullmatch(key):
        return Field.IMAGE_SRC
    return KEYS.get(key)


def read_headings(headings: Sequence[str]) -> Columns:
    """Find the fields in the first row. Raises CsvUnreadable when a required one is missing."""
    places: dict[Field, int] = {}
    images: list[int] = []
    unknown, doubled = [], []
    for place, heading in enumerate(headings):
        field = field_of(heading)
        if field is None:
            if heading.strip() and not _is_unused(heading):
                unknown.append(heading.strip())
        elif field not in places:
            places[field] = place
        elif field is Field.IMAGE_SRC:
            images.append(place)
        else:
            doubled.append(heading.strip())
    _demand(places)
    names = {field: headings[place].strip() for field, place in places.items()}
    notes = _notes(unknown, "ignored, not a heading of a product file")
    notes += _notes(doubled, "ignored, an earlier column has the same meaning")
    return Columns(places, tuple(images), names, len(headings), notes)


def _is_unused(heading: str) -> bool:
    return heading_key(heading) in UNUSED or bool(UNUSED_SHAPES.search(heading.casefold().strip()))


def _demand(places: dict[Field, int]) -> None:
    missing = [name for field, name in REQUIRED.items() if field not in places]
    if missing:
        raise CsvUnreadable(f"not a product file: the first row has no column {', '.join(missing)}")


def _notes(headings: list[str], meaning: str) -> tuple[str, ...]:
    if not headings:
        return ()
    shown = ", ".join(repr(heading[:40]) for heading in headings[:12])
    more = f" and {len(headings) - 12} more" if len(headings) > 12 else ""
    return (f"columns {shown}{more}: {meaning}",)
