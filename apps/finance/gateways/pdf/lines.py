"""The table of goods: it breaks over pages and repeats its head."""

from dataclasses import dataclass

from fpdf.enums import Align

from apps.finance.dto import InvoiceContent, InvoiceLine
from apps.shared.localised import amount_text
from apps.shared.money import Money

from .sheet import ACCENT, BOTTOM, GREY, LEFT, RIGHT, WIDTH, Sheet, Style

_HEAD = Style(8, bold=True, colour=ACCENT)
_TEXT = Style(9)
_NOTE = Style(8, colour=GREY)
_NARROWEST, _WIDEST, _GAP, _PADDING = 10.0, 36.0, 4.0, 1.8
_HEAD_HEIGHT = _HEAD.line_height + 2 * _PADDING


@dataclass(frozen=True)
class _Column:
    heading: str
    width: float
    cells: tuple[str, ...]


@dataclass(frozen=True)
class _Row:
    texts: tuple[tuple[str, Style], ...]
    numbers: tuple[str, ...]

    @property
    def height(self) -> float:
        return sum(style.line_height for _, style in self.texts) + 2 * _PADDING


@dataclass(frozen=True)
class Goods:
    """What is listed, and how amounts are written. Without unit prices where amounts are shares."""

    order: InvoiceContent
    language: str
    has_unit_prices: bool = True


def draw_lines(sheet: Sheet, document: Goods) -> None:
    """All lines of the order, from `sheet.y` on."""
    lines = document.order.lines
    columns = _columns(sheet, document)
    described = WIDTH - sum(column.width + _GAP for column in columns)
    for index, line in enumerate(lines):
        row = _Row(
            tuple(_description(sheet, line, document, described)),
            tuple(column.cells[index] for column in columns),
        )
        begins = index == 0
        if sheet.y + row.height + begins * _HEAD_HEIGHT > BOTTOM:
            sheet.new_page()
            begins = True
        if begins:
            _draw_head(sheet, columns)
        _draw_row(sheet, row, columns)


def _columns(sheet: Sheet, document: Goods) -> list[_Column]:
    lines, currency = document.order.lines, document.order.currency

    def column(heading: str, cells: list[str]) -> _Column:
        wanted = [sheet.measure(_TEXT, cell) for cell in cells]
        width = max(_NARROWEST, sheet.measure(_HEAD, heading), *wanted)
        return _Column(heading, min(width, _WIDEST), tuple(cells))

    def amounts(field: str) -> list[str]:
        return [_amount(getattr(line, field), document) for line in lines]

    columns = [column("Qty", [str(line.quantity) for line in lines])]
    if document.has_unit_prices:
        columns.append(column("Unit price", amounts("unit_price_amount")))
    if any(line.tax_amount for line in lines):
        heading = "Incl. tax" if document.order.prices_include_tax else "Tax"
        columns.append(column(heading, amounts("tax_amount")))
    columns.append(column(f"Amount ({currency})", amounts("total_amount")))
    return columns


def _amount(amount: int, document: Goods) -> str:
    return amount_text(Money(amount, document.order.currency), language=document.language)


def _description(
    sheet: Sheet, line: InvoiceLine, document: Goods, width: float
) -> list[tuple[str, Style]]:
    below = [line.variant_title, f"SKU {line.sku}" if line.sku else ""]
    if line.discount_amount:
        below.append(f"Discount {_amount(-line.discount_amount, document)}")
    notes = " · ".join(text for text in below if text)
    return [
        *((text, _TEXT) for text in sheet.wrap(line.title or "–", _TEXT, width)),
        *((text, _NOTE) for text in sheet.wrap(notes, _NOTE, width)),
    ]


def _draw_head(sheet: Sheet, columns: list[_Column]) -> None:
    sheet.fill(LEFT, sheet.y, WIDTH, _HEAD_HEIGHT)
    sheet.put(LEFT + 1, sheet.y + _PADDING, "Description", _HEAD, width=WIDTH / 3)
    _put_numbers(sheet, tuple(column.heading for column in columns), columns, _HEAD)
    sheet.y += _HEAD_HEIGHT


def _draw_row(sheet: Sheet, row: _Row, columns: list[_Column]) -> None:
    _put_numbers(sheet, row.numbers, columns, _TEXT)
    y = sheet.y + _PADDING
    for text, style in row.texts:
        if y + style.line_height > BOTTOM:  # only a row that is taller than a page
            sheet.new_page()
            _draw_head(sheet, columns)
            y = sheet.y + _PADDING
        sheet.put(LEFT + 1, y, text, style, width=WIDTH)
        y += style.line_height
    sheet.y = y + _PADDING
    sheet.rule(sheet.y)


def _put_numbers(
    sheet: Sheet, texts: tuple[str, ...], columns: list[_Column], style: Style
) -> None:
    x = RIGHT - 1
    for text, column in zip(reversed(texts), reversed(columns), strict=True):
        x -= column.width
        sheet.put(x, sheet.y + _PADDING, text, style, width=column.width, align=Align.R)
        x -= _GAP
