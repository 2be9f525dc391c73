"""Breaking text into lines without tearing a written syllable apart."""

import unicodedata
from collections.abc import Callable

from .fonts import ZERO_WIDTH_SPACE

_JOINERS = frozenset("\u200c\u200d\u2060")
# After these the next character belongs to the same syllable (Khmer writes it underneath).
_BINDING = frozenset("\u17d2\u200d")
_ELLIPSIS = "…"

Measure = Callable[[str], float]


def wrap(text: str, *, width: float, measure: Measure) -> list[str]:
    """`text` as lines no wider than `width`; breaks at spaces, in words only when it must."""
    lines: list[str] = []
    line = ""
    for gap, word in _words(text):
        longer = f"{line}{gap}{word}" if line else word
        if measure(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, width=width, measure=measure)
        lines += full
    return [*lines, line] if line else lines


def shorten(text: str, *, width: float, measure: Measure) -> str:
    """`text`, cut with an ellipsis when it is wider than `width`."""
    if measure(text) <= width:
        return text
    kept = clusters(text)
    while kept and measure("".join(kept) + _ELLIPSIS) > width:
        kept.pop()
    return "".join(kept).rstrip() + _ELLIPSIS


def clusters(text: str) -> list[str]:
    """What a reader sees as single letters: marks and subscripts stay with their base."""
    found: list[str] = []
    for char in text:
        if found and (_continues(char) or found[-1][-1] in _BINDING):
            found[-1] += char
        else:
            found.append(char)
    return found


def _continues(char: str) -> bool:
    return unicodedata.category(char).startswith("M") or char in _JOINERS


def _words(text: str) -> list[tuple[str, str]]:
    """The words, each with what stands between it and the one before."""
    found = []
    for part in text.split(" "):
        gap = " "
        for word in filter(None, part.split(ZERO_WIDTH_SPACE)):
            found.append((gap, word))
            gap = ""
    return found


def _pieces(word: str, *, width: float, measure: Measure) -> list[str]:
    pieces = [""]
    for cluster in clusters(word):
        if pieces[-1] and measure(pieces[-1] + cluster) > width:
            pieces.append(cluster)
        else:
            pieces[-1] += cluster
    return pieces
