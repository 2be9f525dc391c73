"""Finding the headings: which delimiter the file uses and which row they are in."""

from collections.abc import Iterator
from typing import BinaryIO, Final

from apps.catalog.importing.columns import Columns, field_of, read_headings
from apps.catalog.importing.encoding import Encoding, as_text
from apps.catalog.importing.errors import CsvUnreadable
from apps.catalog.importing.records import Record, read_records

DELIMITERS: Final = (",", ";", "\t", "|")
ROWS_ABOVE: Final = 20
"""How many empty rows (or Excel's `sep=;`) may stand above the headings."""


def find_delimiter(stream: BinaryIO, encoding: Encoding) -> str:
    """The delimiter that makes the most known headings of the first row.

    Leaves `stream` at its start. Raises CsvUnreadable when no row can be read as headings.
    """
    scores: dict[str, int] = {}
    for delimiter in DELIMITERS:
        try:
            scores[delimiter] = _score(stream, encoding, delimiter)
        except CsvUnreadable as error:
            reason = error
    if not scores:
        raise reason
    return max(scores, key=lambda delimiter: scores[delimiter])


def _score(stream: BinaryIO, encoding: Encoding, delimiter: str) -> int:
    stream.seek(0)
    text = as_text(stream, encoding)
    try:
        cells = _first_row(read_records(text, delimiter))
    finally:
        text.detach()
        stream.seek(0)
    return sum(field_of(cell) is not None for cell in cells)


def skip_headings(records: Iterator[Record]) -> Columns:
    """Move past the headings. Raises CsvUnreadable."""
    return read_headings(_first_row(records))


def _first_row(records: Iterator[Record]) -> list[str]:
    for record in records:
        if record.cells is None:
            raise CsvUnreadable("the first row cannot be read: its quotes do not fit together")
        if any(cell.strip() for cell in record.cells) and not _is_hint(record.cells):
            return record.cells
        if record.row > ROWS_ABOVE:
            break
    raise CsvUnreadable("the file has no headings")


def _is_hint(cells: list[str]) -> bool:
    """`sep=;` is a line Excel writes for itself."""
    return cells[0].strip().casefold().startswith("sep=") and len(cells) <= 2
