"""What it comes to, and what became of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from fpdf.enums import Align

from apps.finance.dto import InvoiceContent
from apps.shared.localised import amount_text, money_text, percent_text
from apps.shared.money import Money

from .sheet import ACCENT, BOTTOM, GREEN, GREY, LEFT, RIGHT, Sheet, Style

_LABEL = Style(9, colour=GREY)
_VALUE = Style(9)
_TOTAL = Style(12, bold=True, colour=ACCENT)
_PAID = Style(10, bold=True, colour=GREEN)
_START, _LABEL_WIDTH = 104.0, 44.0
_ROW_GAP, _AROUND_TOTAL = 1.2, 20.0


@dataclass(frozen=True, kw_only=True)
class Sums:
    """What is summed up, and the note beside it."""

    order: InvoiceContent
    language: str
    title: str
    heading: str
    note: str
    reduction_amount: int = 0
    reduction_tax_amount: int = 0

    @property
    def total_amount(self) -> int:
        """What it comes to."""
        return self.order.total_amount - self.reduction_amount


def draw_totals(sheet: Sheet, document: Sums) -> None:
    """The sums and the note, together on one page."""
    rows = [(sheet.wrap(label, _LABEL, _LABEL_WIDTH), value) for label, value in _rows(document)]
    height = sum(_height(labels) for labels, _ in rows) + _AROUND_TOTAL
    if sheet.y + height > BOTTOM:
        sheet.new_page()
    sheet.y += 5
    _draw_note(sheet, document)
    for labels, value in rows:
        _put_value(sheet, value, _VALUE)
        for index, label in enumerate(labels):
            y = sheet.y + index * _LABEL.line_height
            sheet.put(_START, y, label, _LABEL, width=_LABEL_WIDTH)
        sheet.y += _height(labels)
    _draw_total(sheet, document)


def _rows(document: Sums) -> Iterator[tuple[str, str]]:
    order = document.order
    rate = percent_text(order.tax_rate_bp, language=document.language)

    def amount(minor_units: int) -> str:
        return amount_text(Money(minor_units, order.currency), language=document.language)

    yield "Subtotal", amount(order.subtotal_amount)
    if order.discount_amount:
        yield "Discount", amount(-order.discount_amount)
    if order.shipping.name or order.shipping_amount:
        name = f" · {order.shipping.name}" if order.shipping.name else ""
        yield f"Shipping{name}", amount(order.shipping_amount)
    if order.tax_amount or not order.prices_include_tax:
        yield f"Tax ({rate})", amount(order.tax_amount)
    if document.reduction_amount:
        yield "Total of the order", amount(order.total_amount)
        tax = document.reduction_tax_amount
        yield (
            f"Not charged{f' (tax in it: {amount(tax)})' * bool(tax)}",
            amount(-document.reduction_amount),
        )


def _height(labels: list[str]) -> float:
    return len(labels) * _LABEL.line_height + _ROW_GAP


def _draw_total(sheet: Sheet, document: Sums) -> None:
    order, language = document.order, document.language
    sheet.rule(sheet.y + 0.5, start=_START, bold=True)
    sheet.y += 2.5
    sheet.put(_START, sheet.y, document.title, _TOTAL, width=_LABEL_WIDTH)
    _put_value(
        sheet, money_text(Money(document.total_amount, order.currency), language=language), _TOTAL
    )
    sheet.y += _TOTAL.line_height + 1
    if order.included_tax_amount:
        rate = percent_text(order.tax_rate_bp, language=language)
        included = order.included_tax_amount - document.reduction_tax_amount
        tax = money_text(Money(included, order.currency), language=language)
        note = f"Includes tax ({rate}): {tax}"
        sheet.put(_START, sheet.y, note, _LABEL, width=RIGHT - 1 - _START, align=Align.R)
        sheet.y += _LABEL.line_height


def _put_value(sheet: Sheet, text: str, style: Style) -> None:
    start = _START + _LABEL_WIDTH + 2
    sheet.put(start, sheet.y, text, style, width=RIGHT - 1 - start, align=Align.R)


def _draw_note(sheet: Sheet, document: Sums) -> None:
    sheet.fill(LEFT, sheet.y, 74, 16)
    sheet.put(LEFT + 4, sheet.y + 2.5, document.heading, _PAID, width=66)
    sheet.put(LEFT + 4, sheet.y + 8.5, document.note, _LABEL, width=66)
