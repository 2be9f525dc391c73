"""What the reader hands out: products with their variants and images, and row problems."""

from dataclasses import dataclass
from enum import StrEnum

from apps.catalog.states import InventoryPolicy, ProductStatus


class LeftOut(StrEnum):
    """How much of the file one problem keeps out of the shop."""

    PRODUCT = "product"
    VARIANT = "variant"
    IMAGE = "image"
    ROW = "row"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One cell (or row) that was not imported.

    `row` counts records as a spreadsheet shows them: the headings are row 1, an empty line is
    a row, a cell with line breaks stays within one row. `line` is the line of the text file the
    record starts on, as an editor counts. `column` is the heading as the file spells it, empty
    when the whole row is meant. `value` is shortened.
    """

    row: int
    line: int
    column: str
    code: str
    message: str
    value: str
    left_out: LeftOut

    def __str__(self) -> str:
        place = f"row {self.row}" + (f", {self.column}" if self.column else "")
        shown = f" ({self.value!r})" if self.value else ""
        return f"{place}: {self.message}{shown} [{self.left_out} left out]"


@dataclass(frozen=True, slots=True)
class ParsedImage:
    """`position` starts at 1 and has no gaps within a product."""

    src: str
    position: int
    alt: str


@dataclass(frozen=True, slots=True)
class ParsedVariant:
    """Amounts in minor units of the currency given to the reader; weight in grams.

    `compare_at_minor` is None when the file gives none (a zero counts as none). `sku_generated`
    says that the file has no SKU and this one was made from the handle and the option values.
    `inventory_quantity` is None when the file has none; it can be negative, as Shopify writes
    for oversold goods. `tracked` is false only when the file names neither an inventory tracker
    nor a quantity.
    """

    row: int
    line: int
    sku: str
    sku_generated: bool
    option_values: tuple[str, ...]
    price_minor: int
    compare_at_minor: int | None
    grams: int
    barcode: str
    requires_shipping: bool
    taxable: bool
    tax_code: str
    inventory_policy: InventoryPolicy
    inventory_quantity: int | None
    tracked: bool
    image_src: str | None

    def sku_beside(self, known: str | None) -> str:
        """The file's SKU; where it gives none, the one that the shop has, if it has one."""
        return known if known is not None and self.sku_generated else self.sku


@dataclass(frozen=True, slots=True)
class ParsedProduct:
    """One product with at least one variant.

    `options` are the names; each variant has one value per name, in the same order. A product
    without options has one variant with no values. `provided` names the attributes (of product
    and variant) that the file has a column for: what it has no column for says nothing about
    the product, so an import must leave it as it is.
    """

    row: int
    line: int
    handle: str
    title: str
    body_html: str
    vendor: str
    product_type: str
    tags: tuple[str, ...]
    status: ProductStatus
    seo_title: str
    seo_description: str
    options: tuple[str, ...]
    variants: tuple[ParsedVariant, ...]
    images: tuple[ParsedImage, ...]
    provided: frozenset[str]


@dataclass(frozen=True, slots=True)
class ParsedGroup:
    """The consecutive rows of one handle: the product, if anything is left of it, and what is
    wrong in those rows."""

    handle: str
    rows: int
    product: ParsedProduct | None
    problems: tuple[RowProblem, ...]
