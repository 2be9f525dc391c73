"""How long files and functions are; `python -m tests.architecture.sizes` prints it."""

import ast
import sys
from collections.abc import Iterator
from statistics import median

from tests.architecture.sources import Source, sources

FOLDERS = ("apps", "billing", "tenants", "config")
FUNCTION_MAX, FILE_MAX, TEST_FILE_MAX = 50, 300, 500
FUNCTION_AIMS = (10, 30)
FILE_AIMS = (60, 160)


def functions(source: Source) -> Iterator[tuple[ast.AST, str, int]]:
    """Each function with its name and length in lines, decorators not counted."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node, node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def too_long_functions(source: Source) -> Iterator[str]:
    for node, name, length in functions(source):
        if length > FUNCTION_MAX:
            yield source.at(node, f"{name} has {length} lines, {FUNCTION_MAX} are allowed")


def too_long_file(source: Source) -> Iterator[str]:
    most = TEST_FILE_MAX if source.parts[0] == "tests" else FILE_MAX
    if source.lines > most:
        yield f"{source.path}: {source.lines} lines, {most} are allowed"


def code() -> list[Source]:
    """What people write and read: no migrations, no empty files."""
    return [one for one in sources(*FOLDERS) if one.lines and not one.is_migration]


def function_lengths() -> list[int]:
    return sorted(length for one in code() for _, _, length in functions(one))


def file_lengths() -> list[int]:
    return sorted(one.lines for one in code())


def p90(values: list[int]) -> int:
    return values[len(values) * 9 // 10]


def main() -> None:
    for name, values, aims in (
        ("functions", function_lengths(), FUNCTION_AIMS),
        ("files", file_lengths(), FILE_AIMS),
    ):
        sys.stdout.write(
            f"{name}: {len(values)}, median {median(values):.0f} (aim {aims[0]}), "
            f"p90 {p90(values)} (aim {aims[1]}), longest {values[-1]}\n"
        )


if __name__ == "__main__":
    main()
