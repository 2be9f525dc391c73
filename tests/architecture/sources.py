"""The code as the architecture tests see it: syntax trees, never text."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
PRODUCT_FOLDERS = ("apps", "billing", "tenants")


@dataclass(frozen=True)
class Source:
    """One file; `path` is relative to the project, with slashes."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    @property
    def parts(self) -> tuple[str, ...]:
        return PurePosixPath(self.path).parts

    @property
    def module(self) -> str:
        return ".".join(self.parts).removesuffix(".py").removesuffix(".__init__")

    @property
    def is_migration(self) -> bool:
        return "migrations" in self.parts

    def at(self, node: ast.AST, what: str) -> str:
        """How a violation is reported."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {what}"


Rule = Callable[[Source], Iterator[str]]


@cache
def sources(*folders: str) -> tuple[Source, ...]:
    """All Python files below the folders, sorted."""
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return tuple(
        Source(str(path.relative_to(ROOT).as_posix()), path.read_text()) for path in sorted(found)
    )


def product() -> tuple[Source, ...]:
    """The product without its migrations."""
    return tuple(one for one in sources(*PRODUCT_FOLDERS) if not one.is_migration)


def violations(rule: Rule, checked: tuple[Source, ...] | None = None) -> list[str]:
    """What `rule` says of the product, or of the given sources."""
    return [found for one in (product() if checked is None else checked) for found in rule(one)]


def of_sample(rule: Rule, text: str, path: str = "apps/orders/services/_cancel_order.py") -> int:
    """How many violations `rule` sees in a sample."""
    return len(list(rule(Source(path, text))))


def named(node: ast.AST) -> str:
    """`a.b.c` of a name or attribute; of a call, the name that is called; else an empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{named(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return named(node.func)
    return ""


def last_name(node: ast.AST) -> str:
    """The `c` of `a.b.c` and of `a.b.c(…)`."""
    return named(node).rsplit(".", 1)[-1]


def imports(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """Every imported name, absolute: `import a.b` is a.b, `from a import b` is a.b."""
    package = (
        source.module if source.path.endswith("__init__.py") else source.module.rpartition(".")[0]
    )
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node, one.name) for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")
                kept = above[: len(above) - node.level + 1]
                base = ".".join([*kept, *([node.module] if node.module else [])])
            yield from ((node, f"{base}.{one.name}") for one in node.names)
