"""The way in: a file of products, read group by group with flat memory."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from apps.catalog.importing.cells import Row, forbidden_field, pick_cells
from apps.catalog.importing.columns import Columns, Field
from apps.catalog.importing.encoding import as_text, find_encoding, open_binary
from apps.catalog.importing.errors import CellRefused
from apps.catalog.importing.handles import parse_handle
from apps.catalog.importing.headings import find_delimiter, skip_headings
from apps.catalog.importing.parsed import ParsedGroup
from apps.catalog.importing.prices import Currency
from apps.catalog.importing.products import FileContext
from apps.catalog.importing.records import Record, read_records
from apps.catalog.importing.runs import Run

ATTRIBUTES: Final = {
    Field.BODY_HTML: "body_html",
    Field.VENDOR: "vendor",
    Field.PRODUCT_TYPE: "product_type",
    Field.TAGS: "tags",
    Field.PUBLISHED: "status",
    Field.STATUS: "status",
    Field.SEO_TITLE: "seo_title",
    Field.SEO_DESCRIPTION: "seo_description",
    Field.SKU: "sku",
    Field.BARCODE: "barcode",
    Field.COMPARE_AT: "compare_at_minor",
    Field.GRAMS: "grams",
    Field.WEIGHT: "grams",
    Field.QUANTITY: "inventory_quantity",
    Field.POLICY: "inventory_policy",
    Field.REQUIRES_SHIPPING: "requires_shipping",
    Field.TAXABLE: "taxable",
    Field.TAX_CODE: "tax_code",
    Field.OPTION1_VALUE: "options",
    Field.IMAGE_SRC: "images",
    Field.IMAGE_ALT: "alt",
    Field.VARIANT_IMAGE: "image_src",
}
"""The attribute of a parsed product, variant or image that each optional column provides."""


class ProductFile:
    """A Shopify product CSV, opened and understood as far as its headings.

    Iterating gives one ParsedGroup per run of rows with one handle, in the file's order, once;
    a row that belongs to no product (no handle, broken quotes) is a group of its own.
    A handle that comes back after other handles is not merged: its later rows are reported
    (`handle_scattered`), because a product is imported whole. A row without a handle gets the
    one its title makes, as in Shopify.

    Prices are amounts of `currency`, an ISO 4217 code; the file does not say which.
    `notes` are remarks on the file that cost nothing (guessed encoding, ignored columns).
    `size` and `position` are bytes, for a progress bar.
    Raises CsvUnreadable when the file as a whole cannot be read, UnknownCurrency.
    """

    def __init__(self, source: str | Path | BinaryIO, *, currency: str) -> None:
        self._binary = open_binary(source)
        self._owned = self._binary is not source
        self.size = 0
        try:
            encoding = find_encoding(self._binary)
            self.size = self._binary.seek(0, 2)
            delimiter = find_delimiter(self._binary, encoding)
            self._text = as_text(self._binary, encoding)
            self._records = read_records(self._text, delimiter)
            self._columns = skip_headings(self._records)
        except BaseException:
            self.close()
            raise
        warnings = (encoding.warning,) if encoding.warning else ()
        self.notes: tuple[str, ...] = warnings + self._columns.notes
        self._context = FileContext(Currency.of(currency), _provided(self._columns))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close what was opened here; a stream that was handed in stays open."""
        text = self.__dict__.pop("_text", None)
        if text is not None:
            text.detach()
        if self._owned:
            self._binary.close()

    @property
    def position(self) -> int:
        """How many bytes of `size` have been read."""
        return self._binary.tell()

    def __iter__(self) -> Iterator[ParsedGroup]:
        seen: dict[str, int] = {}
        run: Run | None = None
        for record in self._records:
            row, handle = self._understand(record)
            if row is None:
                continue
            if not handle:
                yield ParsedGroup("", 1, None, tuple(row.problems))
            elif run is not None and run.handle == handle:
                run.add(row)
            else:
                if run is not None:
                    yield run.parse()
                run = Run(handle, row, self._context, seen_in_row=seen.get(handle))
                seen.setdefault(handle, row.number)
        if run is not None:
            yield run.parse()

    def _understand(self, record: Record) -> tuple[Row | None, str]:
        """The row and its handle; no row when it is empty, no handle when none can be known."""
        if record.cells is None:
            row = Row(record.row, record.line, {}, self._columns.names)
            row.give_up("quotes_broken", "the quotes of this row do not fit together")
            return row, ""
        cells = pick_cells(record.cells, self._columns)
        if not cells:
            return None, ""
        row = Row(record.row, record.line, cells, self._columns.names)
        handle = _handle(row)
        if handle:
            _check_shape(row, record.cells, self._columns)
        return row, handle


def _handle(row: Row) -> str:
    """The row's handle. A row that has none is noted as lost."""
    field = Field.HANDLE if row.has(Field.HANDLE) else Field.TITLE
    if not row.has(field):
        row.give_up("handle_missing", "neither a handle nor a title", Field.HANDLE)
        return ""
    try:
        return parse_handle(row.text(field))
    except CellRefused as error:
        row.give_up(error.code, error.message, field)
        return ""


def _check_shape(row: Row, cells: list[str], columns: Columns) -> None:
    """Note the row as lost when its cells cannot be trusted or stored."""
    if len(cells) > columns.width and any(cell.strip() for cell in cells[columns.width :]):
        # its cells have moved (a comma without quotes), so none of them can be trusted
        message = f"{len(cells)} cells under {columns.width} headings; a quote missing?"
        row.give_up("too_many_cells", message)
    elif field := forbidden_field(row.cells):
        row.give_up("control_character", "has a character that cannot be stored", field)


def _provided(columns: Columns) -> frozenset[str]:
    return frozenset(ATTRIBUTES[field] for field in columns.places if field in ATTRIBUTES)
