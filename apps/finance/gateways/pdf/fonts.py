"""Noto Sans for one document: two weights, cut down to the characters that it uses.

The packages hold variable fonts, which fpdf2 would embed well but measure in their default weight
only; and making a static font of a whole one takes seconds. So each document gets static fonts of
its own characters, which takes a quarter of a second each and keeps files small; those in western
letters share theirs.
"""

import io
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import fontpkg_noto_sans
import fontpkg_noto_sans_khmer
from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from fontTools.varLib import instancer  # type: ignore[import-untyped]
from fpdf import FPDF
from fpdf.fonts import TTFFont
from fpdf.output import OutputProducer

from apps.shared.text import one_line

from .western import Ready, WesternProducer, add_ready_fonts, make_ready

REPLACEMENT = "\ufffd"
ZERO_WIDTH_SPACE = "\u200b"
_WEIGHTS = {"": 400, "B": 700}
# Layout and number formats add some of these to a document's own text. Most documents need no
# other ones, and so share fonts.
_ALWAYS = frozenset(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x100)])) | set(
    "\u202f–…’" + REPLACEMENT
)
_DOTTED_CIRCLE = "\u25cc"  # what a vowel sign without its consonant is shown on


@dataclass(frozen=True)
class Typeface:
    """A variable font; `family` is its name inside a document."""

    family: str
    source: Path


SANS = Typeface("sans", fontpkg_noto_sans.ROOT / "files" / "NotoSans[wdth,wght].ttf")
KHMER = Typeface("khmer", fontpkg_noto_sans_khmer.ROOT / "files" / "NotoSansKhmer[wdth,wght].ttf")


@cache
def _covered(typeface: Typeface) -> frozenset[str]:
    with TTFont(typeface.source, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


def printable(text: str) -> str:
    """`text` on one line, composed, and with `�` for what no font has.

    Marks that only choose between forms of a character are dropped where they cannot be had.
    """
    composed = unicodedata.normalize("NFC", one_line(text))
    if composed.isascii() and composed.isprintable():
        return composed
    return "".join(_shown(char) for char in composed)


def _shown(char: str) -> str:
    if char in _covered(SANS) or char in _covered(KHMER):
        return char
    return "" if unicodedata.category(char) in {"Cf", "Mn"} else REPLACEMENT


def embed(pdf: FPDF, *, text: str, folder: Path) -> type[OutputProducer]:
    """Make the fonts for `text` known to `pdf`, and say what is to write it.

    The fonts' files must outlive it, in `folder`.
    """
    characters = frozenset(text) | _ALWAYS
    if characters == _ALWAYS:
        # Western letters stand side by side as they are: nothing is to be shaped.
        add_ready_fonts(pdf, _western())
        return _Western
    khmer = (characters & _covered(KHMER)) - _covered(SANS)
    for style, weight in _WEIGHTS.items():
        _add(pdf, SANS, style, weight, characters & _covered(SANS), folder)
        if khmer:
            _add(pdf, KHMER, style, weight, khmer | {_DOTTED_CIRCLE}, folder)
    if khmer:
        pdf.set_fallback_fonts([KHMER.family])
    pdf.set_text_shaping(True)
    return OutputProducer


@cache
def _western() -> dict[str, Ready]:
    characters = "".join(sorted(_ALWAYS & _covered(SANS)))
    files = {
        style: _static(SANS, weight, characters, is_shaped=False)
        for style, weight in _WEIGHTS.items()
    }
    return make_ready(files, family=SANS.family, characters=characters)


class _Western(WesternProducer):
    def ready(self) -> dict[str, Ready]:
        return _western()


def _add(
    pdf: FPDF,
    typeface: Typeface,
    style: str,
    weight: int,
    characters: frozenset[str],
    folder: Path,
) -> None:
    path = folder / f"{typeface.family}{weight}.ttf"
    if not path.exists():
        path.write_bytes(_static(typeface, weight, "".join(sorted(characters)), is_shaped=True))
    pdf.add_font(typeface.family, style, path)
    added = pdf.fonts[typeface.family + style]
    if isinstance(added, TTFFont):
        # The outlines stay as they are: measuring each one again takes as long as all the rest.
        added.ttfont.recalcBBoxes = False


@lru_cache(maxsize=32)
def _static(typeface: Typeface, weight: int, characters: str, *, is_shaped: bool) -> bytes:
    # Timestamps in the font would make each rendering differ.
    with TTFont(typeface.source, lazy=True, recalcTimestamp=False) as font:
        options = subset.Options(notdef_outline=True)
        if not is_shaped:
            options.layout_features = []
        elif typeface is SANS:
            # It draws “ị” as a letter and a mark, of which only one can be copied as text. Our
            # text is composed, and the font has all composed letters as well.
            options.layout_features.remove("ccmp")
        subsetter = subset.Subsetter(options)
        subsetter.populate(text=characters)
        subsetter.subset(font)
        instancer.instantiateVariableFont(font, {"wght": weight, "wdth": 100}, inplace=True)
        made = io.BytesIO()
        font.save(made)
    return made.getvalue()
