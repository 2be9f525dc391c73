"""Lines into records, one record at a time, with a way back after a broken quote.

The csv module runs in strict mode: what it cannot read for certain is an error here, not a
guess. After such an error the broken line alone is given up and reading goes on at the line
after it, so a quote that is never closed costs one row and not the rest of the file.
"""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Final

from apps.catalog.importing.errors import CsvUnreadable
from apps.catalog.importing.limits import LINE, RECORD

CELL: Final = 1_048_576
LINE_ENDS: Final = ("\n", "\r")


@dataclass(frozen=True, slots=True)
class Record:
    """`row` as a spreadsheet counts, `line` as an editor counts; `cells` is None when the quotes
    of the record do not fit together."""

    row: int
    line: int
    cells: list[str] | None


class _Lines:
    """The lines of the file, with those of the record being read kept for a second look."""

    def __init__(self, text: TextIOWrapper) -> None:
        self.text = text
        self.number = 0
        self.taken: list[str] = []
        self.held = 0
        self.again: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else self._read()
        if not line:
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        self.held += len(line)
        if self.held > RECORD:
            raise csv.Error("record too long")
        return line

    def _read(self) -> str:
        line = self.text.readline(LINE)
        if len(line) == LINE and not line.endswith(LINE_ENDS):
            raise CsvUnreadable(f"line {self.number + 1} is longer than {LINE:,} characters")
        return line

    def next_record(self) -> int:
        """Forget the last record; the line the next one starts on."""
        self.taken.clear()
        self.held = 0
        return self.number + 1

    def give_up_first(self) -> None:
        """Only the first line of the record is lost; the others are read again."""
        rest = self.taken[1:]
        self.again.extendleft(reversed(rest))
        self.number -= len(rest)


def read_records(text: TextIOWrapper, delimiter: str) -> Iterator[Record]:
    """Every record from the file's present place on, empty lines included.

    Raises CsvUnreadable for a line without a bound.
    """
    csv.field_size_limit(max(csv.field_size_limit(), CELL))  # process-wide, so only ever raised
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    row = 0
    while True:
        line = lines.next_record()
        row += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            lines.give_up_first()
            reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
            yield Record(row, line, None)
        else:
            yield Record(row, line, cells)
