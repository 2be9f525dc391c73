"""docs/errors.md is the closed list of error codes."""

import importlib
import pkgutil
import re
from pathlib import Path

import apps
import billing
import tenants
from apps.shared import errors
from apps.shared.api.codes import PLATFORM_CODES, error_types, meaning_of
from apps.shared.api.problems import status_of

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"
_ROW = re.compile(r"\| `(?P<code>\w+)` \| (?P<status>\d+) \| (.+) \| (.+) \| (.+) \|")


def codes_of_the_code() -> dict[str, int]:
    """Every code that the product can answer, with its status."""
    for package in (apps, billing, tenants):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.rpartition(".")[2] in {"errors", "pagination", "preconditions"}:
                importlib.import_module(module.name)
    found = {code: status for code, (status, _) in PLATFORM_CODES.items()}
    for kind in error_types():
        if kind.__module__ != errors.__name__:
            found[kind.code] = status_of(kind())
    return found


def rows() -> list[re.Match[str]]:
    return [match for line in PAGE.read_text().splitlines() if (match := _ROW.fullmatch(line))]


def test_every_code_is_documented_once_with_its_status() -> None:
    documented = [(row["code"], int(row["status"])) for row in rows()]
    existing = set(codes_of_the_code().items())

    assert existing - set(documented) == set(), "add these to docs/errors.md"
    assert set(documented) - existing == set(), "no code answers these any more"
    assert len(documented) == len(set(documented))


def test_every_row_has_a_meaning_an_example_and_a_next_step() -> None:
    for row in rows():
        assert all(len(cell.strip()) > 0 for cell in row.groups()), row["code"]


def test_no_row_escapes_the_pattern() -> None:
    table_lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]

    assert len(table_lines) == len(rows())


def test_every_refusal_has_a_code_of_its_own_and_a_meaning() -> None:
    codes_of_the_code()
    inherited = [
        kind.__name__
        for kind in error_types()
        if kind.__module__ != errors.__name__ and "code" not in vars(kind)
    ]

    assert inherited == []
    assert [kind.__name__ for kind in error_types() if not meaning_of(kind)] == []
