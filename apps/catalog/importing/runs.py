"""A run: the consecutive rows of one handle, collected until the next handle comes."""

from dataclasses import replace

from apps.catalog.importing.cells import Row
from apps.catalog.importing.columns import Field
from apps.catalog.importing.limits import ROWS_PER_PRODUCT
from apps.catalog.importing.parsed import LeftOut, ParsedGroup, RowProblem
from apps.catalog.importing.products import FileContext, read_product


class Run:
    """Keeps at most ROWS_PER_PRODUCT rows, and only its head once the run is lost: when the head
    cannot be read, or when the handle came before."""

    def __init__(
        self, handle: str, head: Row, context: FileContext, *, seen_in_row: int | None
    ) -> None:
        self.handle = handle
        self._context = context
        self._rows = [head]
        self._count = 1
        self._lost: list[RowProblem] = []
        if head.lost:
            head.problems[:] = [replace(it, left_out=LeftOut.PRODUCT) for it in head.problems]
        elif seen_in_row is not None:
            message = (
                f"this product began in row {seen_in_row}; sort the file by handle"
                " (this row and those of the handle after it are ignored)"
            )
            head.give_up("handle_scattered", message, Field.HANDLE)

    def add(self, row: Row) -> None:
        """One more row of this handle."""
        self._count += 1
        if self._count > ROWS_PER_PRODUCT + 1 or self._rows[0].lost:
            return
        if self._count == ROWS_PER_PRODUCT + 1:
            message = f"more than {ROWS_PER_PRODUCT:,} rows for one product; the rest is ignored"
            row.give_up("too_many_rows", message, Field.HANDLE)
        if row.lost:
            self._lost += row.problems
        else:
            self._rows.append(row)

    def parse(self) -> ParsedGroup:
        """The product of these rows, with all their problems in the file's order."""
        head = self._rows[0]
        product = None if head.lost else read_product(self.handle, self._rows, self._context)
        problems = self._lost + [problem for row in self._rows for problem in row.problems]
        problems.sort(key=lambda problem: problem.row)
        return ParsedGroup(self.handle, self._count, product, tuple(problems))
