"""Paper: pages of A4, text measured and put at a place. Lengths in millimetres, sizes in points."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import Align
from fpdf.fonts import TTFFont

from . import fonts, wrapping

LEFT, RIGHT, TOP, BOTTOM = 18.0, 192.0, 16.0, 272.0
WIDTH = RIGHT - LEFT
_FOOT = 281.0
_LEADING = 0.5  # line height in millimetres per point of size; Khmer needs that much
_SMALLEST = 4.0

INK, GREY, ACCENT, PALE, GREEN = (
    (33, 37, 41),
    (108, 117, 125),
    (31, 58, 95),
    (241, 244, 248),
    (25, 111, 61),
)
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Style:
    """How a text looks."""

    size: float = 9
    bold: bool = False
    colour: Colour = INK

    @property
    def line_height(self) -> float:
        return self.size * _LEADING


@dataclass(frozen=True)
class Running:
    """What stands on every page: `head` from the second on, `foot` beside the page's number."""

    head: str
    foot: str
    pages: int


_SMALL = Style(7.5, colour=GREY)


class Sheet:
    """A document under way. Nothing breaks pages by itself; `y` says how far down it is used."""

    def __init__(self, *, text: str, folder: Path, created_at: datetime, running: Running) -> None:
        self.running = running
        self.pdf = FPDF(format="A4", unit="mm")
        self.pdf.set_creation_date(created_at)
        self.pdf.set_auto_page_break(False)
        self.pdf.str_alias_nb_pages = ""  # “{nb}” in a title stays what it is
        self.pdf.set_margins(LEFT, TOP)
        self.pdf.c_margin = 0
        self._producer = fonts.embed(self.pdf, text=text, folder=folder)
        self.y = TOP
        self._widths: dict[tuple[str, float, bool], float] = {}
        self.new_page()

    def close(self) -> None:
        """Let go of the fonts' files; fpdf2 reads them until the document is written."""
        for font in self.pdf.fonts.values():
            if isinstance(font, TTFFont):
                font.close()

    def written(self) -> bytes:
        """The document's file."""
        return bytes(self.pdf.output(output_producer_class=self._producer))

    def new_page(self) -> None:
        """Go on at the top of another page."""
        self.pdf.add_page()
        number = f"Page {self.pdf.page} of {self.running.pages}"
        self.rule(_FOOT - 2)
        self.put(LEFT, _FOOT, self.shorten(self.running.foot, _SMALL, 140), _SMALL, width=140)
        self.put(RIGHT - 30, _FOOT, number, _SMALL, width=30, align=Align.R)
        self.y = TOP
        if self.pdf.page > 1:
            self.put(LEFT, TOP, self.shorten(self.running.head, _SMALL, WIDTH), _SMALL, width=WIDTH)
            self.y += 8

    def measure(self, style: Style, text: str) -> float:
        """How wide `text` is."""
        key = (text, style.size, style.bold)
        if key not in self._widths:
            self._use(style)
            self._widths[key] = self.pdf.get_string_width(text)
        return self._widths[key]

    def wrap(self, text: str, style: Style, width: float) -> list[str]:
        """`text`, made printable, as lines no wider than `width`."""
        return wrapping.wrap(
            fonts.printable(text), width=width, measure=partial(self.measure, style)
        )

    def shorten(self, text: str, style: Style, width: float) -> str:
        """`text`, made printable, on one line no wider than `width`."""
        return wrapping.shorten(
            fonts.printable(text), width=width, measure=partial(self.measure, style)
        )

    def put(
        self, x: float, y: float, text: str, style: Style, *, width: float, align: Align = Align.L
    ) -> None:
        """Write one line with its top at `y`; smaller than asked for when it would not fit."""
        wide = self.measure(style, text)
        if wide > width:
            smaller = max(_SMALLEST, style.size * width / wide)
            style = Style(smaller, style.bold, style.colour)
        self._use(style)
        # A line that begins in a fallback font sets the font within a saved state, and fpdf2
        # (2.8.9) then believes it to be set for the page: have it set for every line.
        self.pdf.current_font_is_set_on_page = False
        self.pdf.set_text_color(*style.colour)
        self.pdf.set_xy(x, y)
        self.pdf.cell(width, style.line_height, text, align=align)

    def rule(
        self, y: float, *, start: float = LEFT, end: float = RIGHT, bold: bool = False
    ) -> None:
        """A horizontal line."""
        self.pdf.set_draw_color(*(ACCENT if bold else (206, 212, 218)))
        self.pdf.set_line_width(0.5 if bold else 0.2)
        self.pdf.line(start, y, end, y)

    def fill(self, x: float, y: float, width: float, height: float) -> None:
        """A pale rectangle."""
        self.pdf.set_fill_color(*PALE)
        self.pdf.rect(x, y, width, height, style="F")

    def _use(self, style: Style) -> None:
        self.pdf.set_font(fonts.SANS.family, "B" if style.bold else "", style.size)
