"""Reading the CSV file of `manage.py sync_stock`."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from apps.inventory.dto import StockRow

_NUMBERS = ("delta", "quantity", "expected")


class StockFileUnreadable(Exception):
    """Not a file that says what is in stock."""


class UnreadableRow(Exception):
    """A row that cannot be understood; the others can."""


def read_rows(path: Path) -> Iterator[tuple[int, StockRow | UnreadableRow]]:
    """Each row with its number, as a spreadsheet counts: the headings are row 1.

    Columns: sku, location (may be missing or empty), and delta, or quantity and expected. Others
    are ignored. Raises StockFileUnreadable.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(_lines(file), strict=True)
            reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or []]
            _refuse_other_files(reader.fieldnames)
            for number, cells in enumerate(reader, start=2):
                yield number, _row(cells)
    except OSError as error:
        raise StockFileUnreadable(f"{path}: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise StockFileUnreadable(f"{path}: not CSV in UTF-8: {error}") from error


def _lines(file: Iterable[str]) -> Iterator[str]:
    """PostgreSQL keeps no NUL, and no table has one: this is another kind of file."""
    for line in file:
        if "\x00" in line:
            raise csv.Error("there are NUL bytes in it")
        yield line


def _refuse_other_files(names: list[str]) -> None:
    has_numbers = "delta" in names or {"quantity", "expected"} <= set(names)
    if "sku" not in names or not has_numbers:
        raise StockFileUnreadable(
            "the first row must name the columns: sku, and delta, or quantity and expected"
        )
    if len(set(names)) < len(names):
        raise StockFileUnreadable("a column is there twice")


def _row(cells: dict[str, str]) -> StockRow | UnreadableRow:
    if None in cells or None in cells.values():
        return UnreadableRow("has not as many cells as there are headings")
    try:
        numbers = {name: _number(cells.get(name, "")) for name in _NUMBERS}
    except ValueError as error:
        return UnreadableRow(str(error))
    return StockRow(
        sku=cells["sku"].strip(),
        location=cells.get("location", "").strip(),
        delta=numbers["delta"],
        quantity=numbers["quantity"],
        expected=numbers["expected"],
    )


def _number(text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not text.isascii() or not text.removeprefix("-").removeprefix("+").isdigit():
        raise ValueError(f"“{text}” is not a whole number")
    if len(text) > 12:
        raise ValueError(f"“{text}” is out of range")
    return int(text)
