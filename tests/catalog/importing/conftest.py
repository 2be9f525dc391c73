"""Small files for the product reader, and what it makes of them."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from apps.catalog.importing import ParsedProduct, ProductFile, RowProblem

USD = "USD"


@dataclass(frozen=True)
class Reading:
    """Everything one file gave."""

    products: list[ParsedProduct]
    problems: list[RowProblem]
    notes: tuple[str, ...]

    def codes(self) -> list[tuple[int, str, str]]:
        return [(problem.row, problem.column, problem.code) for problem in self.problems]


Reader = Callable[..., Reading]


@pytest.fixture(scope="session")
def read() -> Reader:
    """Reads text or bytes as a product file: `read("Handle,Title,Price\\n…")`."""

    def run(content: str | bytes, currency: str = USD) -> Reading:
        data = content.encode() if isinstance(content, str) else content
        products: list[ParsedProduct] = []
        problems: list[RowProblem] = []
        with ProductFile(io.BytesIO(data), currency=currency) as file:
            for group in file:
                problems += group.problems
                if group.product is not None:
                    products.append(group.product)
        return Reading(products, problems, file.notes)

    return run


@pytest.fixture(scope="session")
def table() -> Callable[..., str]:
    """Rows given as dictionaries, written as CSV under the union of their headings."""

    def write(*rows: dict[str, str], delimiter: str = ",", extra: Sequence[str] = ()) -> str:
        headings = list(dict.fromkeys([heading for row in rows for heading in row] + [*extra]))
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, headings, restval="", delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
        return out.getvalue()

    return write
