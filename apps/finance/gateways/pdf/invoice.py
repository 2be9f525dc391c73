"""An invoice as a PDF, drawn from its frozen content and nothing else."""

import json
from contextlib import closing
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from apps.finance.dto import InvoiceDocument

from .fonts import printable
from .letterhead import draw_letterhead
from .lines import draw_lines
from .sheet import Running, Sheet
from .totals import draw_totals


def render_invoice(document: InvoiceDocument) -> bytes:
    """The PDF. The same document gives the same bytes, whenever and wherever it is drawn."""
    with TemporaryDirectory() as folder:
        # The first time only tells how many pages there are.
        with closing(_draw(document, folder=Path(folder), pages=0)) as sheet:
            pages = sheet.pdf.pages_count
        with closing(_draw(document, folder=Path(folder), pages=pages)) as sheet:
            return bytes(sheet.pdf.output())


def _draw(document: InvoiceDocument, *, folder: Path, pages: int) -> Sheet:
    seller = document.seller
    name = seller.legal_name or seller.name
    title = printable(f"Invoice {document.number}")
    sheet = Sheet(
        text=printable(json.dumps(document.to_json(), ensure_ascii=False)),
        folder=folder,
        created_at=datetime.fromisoformat(document.issued_at),
        running=Running(
            head=f"{seller.name} · {title}, continued",
            foot=" · ".join(filter(None, [title, name, seller.tax_number, seller.email])),
            pages=pages,
        ),
    )
    sheet.pdf.set_title(title)
    sheet.pdf.set_author(printable(name))
    sheet.pdf.set_lang("en")
    draw_letterhead(sheet, document)
    draw_lines(sheet, document)
    draw_totals(sheet, document)
    return sheet
