"""The fonts of documents in western letters, made ready once in the life of a process.

fpdf2 cuts a document's fonts to its characters each time, which takes longer than drawing it. Most
documents need none but western letters, and may as well hold all of those (10 kB a weight): what is
embedded then is always the same. It is made once, by fpdf2 itself, and copied into each of them.
"""

import copy
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fpdf import FPDF
from fpdf.fonts import TTFFont
from fpdf.output import OutputProducer
from fpdf.syntax import PDFObject


@dataclass(frozen=True)
class Ready:
    """A font that measures and encodes text, and what a document holds of it, the font first."""

    font: TTFFont
    objects: tuple[PDFObject, ...]


class WesternProducer(OutputProducer, ABC):
    """Writes documents whose fonts are ready."""

    @abstractmethod
    def ready(self) -> Mapping[str, Ready]:
        """The fonts that there are, as they are called in a document."""

    def _add_fonts(self, *arguments: Any) -> dict[int, Any]:
        return {font.i: self._add_ready(key) for key, font in self.fpdf.fonts.items()}

    def _add_ready(self, key: str) -> PDFObject:
        # They refer to one another by numbers that each document gives anew.
        objects = copy.deepcopy(self.ready()[key].objects)
        for one in objects:
            self._add_pdf_obj(one, "fonts")
        return objects[0]


def add_ready_fonts(pdf: FPDF, ready: Mapping[str, Ready]) -> None:
    """Make the fonts known to a document that nobody has added another to."""
    for key, one in ready.items():
        pdf.fonts[key] = copy.copy(one.font)


def make_ready(files: Mapping[str, bytes], *, family: str, characters: str) -> dict[str, Ready]:
    """From fonts by style (`B` is bold), of which all `characters` are embedded. Takes a while."""
    with TemporaryDirectory() as folder:
        pdf = FPDF()
        for style, content in files.items():
            path = Path(folder) / f"{family}{style}.ttf"
            path.write_bytes(content)
            pdf.add_font(family, style, path)
        fonts: dict[str, Any] = dict(pdf.fonts)
        for font in fonts.values():
            for character in characters:
                font.subset.pick(ord(character))
        producer = OutputProducer(pdf)
        heads = producer._add_fonts({}, {}, {})
    objects: list[Any] = producer.pdf_objs
    starts = [objects.index(heads[font.i]) for font in fonts.values()]
    ends = [*starts[1:], len(objects)]
    return {
        key: Ready(font, tuple(objects[start:end]))
        for (key, font), start, end in zip(fonts.items(), starts, ends, strict=True)
    }
