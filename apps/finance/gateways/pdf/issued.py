"""Documents as PDFs, each drawn from its frozen content and nothing else."""

import json
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from apps.finance.dto import CreditNoteDocument, InvoiceDocument, InvoiceSeller

from .days import day_text
from .fonts import printable
from .letterhead import Letterhead, draw_letterhead
from .lines import Goods, draw_lines
from .sheet import Running, Sheet
from .totals import Sums, draw_totals


@dataclass(frozen=True, kw_only=True)
class _Printed:
    """A document of either kind, in the parts that are drawn."""

    name: str
    created_at: str
    content: dict[str, Any]
    seller: InvoiceSeller
    head: Letterhead
    goods: Goods
    sums: Sums


def render_invoice(document: InvoiceDocument) -> bytes:
    """The PDF. The same document gives the same bytes, whenever and wherever it is drawn."""
    paid_on = day_text(document.paid_on)
    facts = (
        ("Invoice no.", document.number),
        ("Invoice date", day_text(document.issued_on)),
        ("Order no.", document.order.order_number),
        ("Order date", day_text(document.placed_on)),
        ("Payment date", paid_on),
    )
    printed = _Printed(
        name=f"Invoice {document.number}",
        created_at=document.issued_at,
        content=document.to_json(),
        seller=document.seller,
        head=Letterhead(
            title="Invoice", seller=document.seller, buyer=document.order.buyer, facts=facts
        ),
        goods=Goods(document.order, document.language),
        sums=Sums(
            order=document.order,
            language=document.language,
            title="Total",
            heading="Paid in full",
            note=f"Received on {paid_on}. Nothing is left to pay.",
            reduction_amount=document.reduction_amount,
            reduction_tax_amount=document.reduction_tax_amount,
        ),
    )
    return _rendered(printed)


def render_credit_note(document: CreditNoteDocument) -> bytes:
    """The PDF. The same document gives the same bytes, whenever and wherever it is drawn."""
    issued_on = day_text(document.issued_on)
    facts = (
        ("Credit note", document.number),
        ("Date", issued_on),
        ("Invoice no.", document.invoice_number or "–"),
        ("Order no.", document.credited.order_number),
    )
    printed = _Printed(
        name=f"Credit note {document.number}",
        created_at=document.issued_at,
        content=document.to_json(),
        seller=document.seller,
        head=Letterhead(
            title="Credit note",
            seller=document.seller,
            buyer=document.credited.buyer,
            facts=facts,
        ),
        goods=Goods(document.credited, document.language, has_unit_prices=False),
        sums=Sums(
            order=document.credited,
            language=document.language,
            title="Credited",
            heading="Given back",
            note=f"Sent back on {issued_on} the way it was paid.",
        ),
    )
    return _rendered(printed)


def _rendered(printed: _Printed) -> bytes:
    with TemporaryDirectory() as folder:
        # Most have one page. Of others the first drawing only tells how many there are.
        with closing(_draw(printed, folder=Path(folder), pages=1)) as sheet:
            pages = sheet.pdf.pages_count
            if pages == 1:
                return sheet.written()
        with closing(_draw(printed, folder=Path(folder), pages=pages)) as sheet:
            return sheet.written()


def _draw(printed: _Printed, *, folder: Path, pages: int) -> Sheet:
    seller = printed.seller
    name = seller.legal_name or seller.name
    title = printable(printed.name)
    sheet = Sheet(
        text=printable(json.dumps(printed.content, ensure_ascii=False)),
        folder=folder,
        created_at=datetime.fromisoformat(printed.created_at),
        running=Running(
            head=f"{seller.name} · {title}, continued",
            foot=" · ".join(filter(None, [title, name, seller.tax_number, seller.email])),
            pages=pages,
        ),
    )
    sheet.pdf.set_title(title)
    sheet.pdf.set_author(printable(name))
    sheet.pdf.set_lang("en")
    draw_letterhead(sheet, printed.head)
    if printed.goods.order.lines:
        draw_lines(sheet, printed.goods)
    draw_totals(sheet, printed.sums)
    return sheet
