"""How measurements are printed: a table for people, one JSON line for machines."""

import json
from collections.abc import Mapping, Sequence


def show(name: str, rows: Sequence[Mapping[str, object]], result: Mapping[str, object]) -> None:
    """Print a Markdown table, then as the last line one JSON object."""
    table(name, rows)
    print(json.dumps({"benchmark": name, **result}))


def table(name: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Print a Markdown table."""
    heads = list(rows[0])
    print(f"\n{name}\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for row in rows:
        print(f"| {' | '.join(str(row[head]) for head in heads)} |")
