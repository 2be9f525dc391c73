"""What a migration may not do while the version before still serves, told by squawk.

It is given the SQL that really runs: in the template, as it was recorded for the shops, and in
`public`. What it finds is refused, but for what `migration_exceptions.toml` knows.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

_SQUAWK = Path(sys.executable).with_name("squawk")
_EXCEPTIONS = Path(__file__).with_name("migration_exceptions.toml")
# Matters of taste, and what a run sets for each migration (tenants.fleet.holding).
_NOT_ASKED = (
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-identity",
    "prefer-robust-stmts",
    "prefer-text-field",
    "prefer-timestamptz",
    "require-lock-timeout",
    "require-statement-timeout",
)


@dataclass(frozen=True)
class Known:
    """A migration that breaks rules, since when, and why that was borne."""

    migration: str
    rules: frozenset[str]
    since: str
    why: str


def known() -> list[Known]:
    """The exceptions."""
    read = tomllib.loads(_EXCEPTIONS.read_text())
    return [
        Known(one["migration"], frozenset(one["rules"]), str(one["since"]), one["why"])
        for one in read["exception"]
    ]


def broken_rules(scripts: Mapping[str, str], *, alone: Collection[str] = ()) -> dict[str, set[str]]:
    """By migration (`app.name`) the rules that its SQL breaks; those that break none are left out.

    `alone` are those that run outside a transaction. In one, tables that it makes itself are
    nobody's yet, and may be locked.
    """
    found: dict[str, set[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, sql in scripts.items():
            text = sql if name in alone else f"BEGIN;\n{sql}\n;\nCOMMIT;\n"
            (Path(folder) / f"{name}.sql").write_text(text)
        command = [_SQUAWK, "--reporter", "json", "--pg-version", "16"]
        for rule in _NOT_ASKED:
            command += ["--exclude", rule]
        done = subprocess.run(
            [*command, *sorted(Path(folder).glob("*.sql"))],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in (0, 1):
            raise RuntimeError(f"squawk failed: {done.stderr}")
        for one in json.loads(done.stdout or "[]"):
            found.setdefault(Path(one["file"]).stem, set()).add(one["rule_name"])
    return found
