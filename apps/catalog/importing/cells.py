"""One row's cells, read field by field; what is refused is noted and reading goes on."""

import re
import unicodedata
from collections.abc import Callable
from typing import Final, TypeVar

from apps.catalog.importing.columns import Columns, Field
from apps.catalog.importing.errors import CellRefused
from apps.catalog.importing.limits import SHOWN_VALUE
from apps.catalog.importing.parsed import LeftOut, RowProblem

T = TypeVar("T")
FORBIDDEN: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
"""NUL (which PostgreSQL cannot store), other controls, lone surrogates. Tabs and line ends pass."""


def shortened(value: str) -> str:
    """A value for a report: one line, at most SHOWN_VALUE characters, safe to print."""
    flat = " ".join(value[: SHOWN_VALUE * 4].split())
    safe = FORBIDDEN.sub("\ufffd", flat)
    return safe if len(safe) <= SHOWN_VALUE else safe[: SHOWN_VALUE - 1] + "…"


def one_line(limit: int) -> Callable[[str], str]:
    """A parser for text without line breaks: runs of white space become one space.

    It raises CellRefused with too_long.
    """

    def parse(text: str) -> str:
        value = text if text.isalnum() else " ".join(text.split())
        if len(value) > limit:
            raise CellRefused("too_long", f"longer than {limit:,} characters")
        return value

    return parse


class Row:
    """A row with its known, non-empty cells (stripped, Unicode NFC) and the problems in it."""

    __slots__ = ("cells", "line", "lost", "names", "number", "problems")

    def __init__(
        self, number: int, line: int, cells: dict[Field, str], names: dict[Field, str]
    ) -> None:
        self.number = number
        self.line = line
        self.cells = cells
        self.names = names
        self.problems: list[RowProblem] = []
        self.lost = False

    def has(self, field: Field) -> bool:
        return field in self.cells

    def text(self, field: Field) -> str:
        return self.cells.get(field, "")

    def take(self, field: Field, parse: Callable[[str], T], left_out: LeftOut, otherwise: T) -> T:
        """The parsed cell; when it is refused, note why and answer `otherwise`."""
        try:
            return parse(self.cells.get(field, ""))
        except CellRefused as error:
            self.refuse(field, error.code, error.message, left_out)
            return otherwise

    def refuse(self, field: Field | None, code: str, message: str, left_out: LeftOut) -> None:
        """Note that something of this row is not imported."""
        column = self.names.get(field, "") if field else ""
        value = shortened(self.cells.get(field, "")) if field else ""
        self.problems.append(
            RowProblem(self.number, self.line, column, code, message, value, left_out)
        )

    def give_up(self, code: str, message: str, field: Field | None = None) -> None:
        """Note that nothing of this row can be used."""
        self.lost = True
        self.refuse(field, code, message, LeftOut.ROW)

    def fails(self, *parts: LeftOut) -> bool:
        """Whether something noted so far keeps one of `parts` out."""
        return any(problem.left_out in parts for problem in self.problems)


def pick_cells(cells: list[str], columns: Columns) -> dict[Field, str]:
    """The non-empty cells of the known columns. A short row is a row with empty cells
    at its end."""
    width = len(cells)
    picked = {
        field: text
        for field, place in columns.places.items()
        if place < width and (text := cells[place].strip())
    }
    if columns.more_images:
        more = [cells[place].strip() for place in columns.more_images if place < width]
        images = [image for image in (picked.get(Field.IMAGE_SRC, ""), *more) if image]
        if images:
            picked[Field.IMAGE_SRC] = "\n".join(images)
    return picked if all(map(str.isascii, picked.values())) else _composed(picked)


def _composed(picked: dict[Field, str]) -> dict[Field, str]:
    return {field: unicodedata.normalize("NFC", text) for field, text in picked.items()}


def forbidden_field(picked: dict[Field, str]) -> Field | None:
    """The first field that holds a character which must not be stored."""
    if not FORBIDDEN.search("".join(picked.values())):
        return None
    return next(field for field, text in picked.items() if FORBIDDEN.search(text))
