"""The upper part of a document: who sells, who buys, which number, which days."""

from collections.abc import Sequence
from dataclasses import dataclass

from fpdf.enums import Align

from apps.finance.dto import InvoiceBuyer, InvoiceSeller

from .sheet import ACCENT, GREY, LEFT, RIGHT, WIDTH, Sheet, Style

_SHOP = Style(17, bold=True, colour=ACCENT)
_TITLE = Style(17, colour=GREY)
_HEADING = Style(8, bold=True, colour=ACCENT)
_NAME = Style(9.5, bold=True)
_TEXT = Style(9)
_LABEL = Style(9, colour=GREY)
_COLUMN, _GUTTER = 54.0, 6.0
_MOST_LINES = 14  # of an address; the rest of the page is for the goods


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    """What stands there; `facts` are labels with their values."""

    title: str
    seller: InvoiceSeller
    buyer: InvoiceBuyer
    facts: tuple[tuple[str, str], ...]


def draw_letterhead(sheet: Sheet, head: Letterhead) -> None:
    """From `sheet.y` on; leaves it below."""
    title_width = 50.0
    sheet.put(RIGHT - title_width, sheet.y, head.title, _TITLE, width=title_width, align=Align.R)
    for text in sheet.wrap(head.seller.name, _SHOP, WIDTH - title_width - _GUTTER)[:3]:
        sheet.put(LEFT, sheet.y, text, _SHOP, width=WIDTH - title_width)
        sheet.y += _SHOP.line_height
    sheet.y += 3
    sheet.rule(sheet.y, bold=True)
    sheet.y += 6
    top, ends = sheet.y, []
    ends.append(_draw_seller(sheet, head, LEFT, top))
    ends.append(_draw_buyer(sheet, head, LEFT + _COLUMN + _GUTTER, top))
    ends.append(_draw_facts(sheet, head, LEFT + 2 * (_COLUMN + _GUTTER), top))
    sheet.y = max(ends) + 8


def _draw_seller(sheet: Sheet, head: Letterhead, x: float, y: float) -> float:
    seller = head.seller
    tax_number = [f"Tax no. {seller.tax_number}"] if seller.tax_number else []
    texts = [*seller.address, *tax_number, seller.email]
    return _draw_party(sheet, "From", seller.legal_name or seller.name, texts, x, y)


def _draw_buyer(sheet: Sheet, head: Letterhead, x: float, y: float) -> float:
    buyer = head.buyer
    texts = [*buyer.address, buyer.email]
    return _draw_party(sheet, "Bill to", buyer.name or buyer.email, texts, x, y)


def _draw_party(
    sheet: Sheet, heading: str, name: str, texts: Sequence[str], x: float, y: float
) -> float:
    sheet.put(x, y, heading, _HEADING, width=_COLUMN)
    y += _HEADING.line_height + 1
    lines = [(text, _NAME) for text in sheet.wrap(name, _NAME, _COLUMN)]
    for text in texts:
        lines += [(part, _TEXT) for part in sheet.wrap(text, _TEXT, _COLUMN)]
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], ("…", _TEXT)]
    for text, style in lines:
        sheet.put(x, y, text, style, width=_COLUMN)
        y += style.line_height
    return y


def _draw_facts(sheet: Sheet, head: Letterhead, x: float, y: float) -> float:
    sheet.put(x, y, "Details", _HEADING, width=_COLUMN)
    y += _HEADING.line_height + 1
    for label, value in head.facts:
        sheet.put(x, y, label, _LABEL, width=24)
        sheet.put(x + 25, y, sheet.shorten(value, _TEXT, 60), _TEXT, width=_COLUMN - 25)
        y += _TEXT.line_height + 0.6
    return y
