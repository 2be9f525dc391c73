"""`fleet plan` as text: shops that get the same are told of together."""

from collections.abc import Sequence
from typing import Any

from tenants.fleet.forecast import Ahead, forecast


def print_forecast(schemas: Sequence[str], *, with_sql: bool, out: Any) -> None:
    """What each of these shops lacks, and in which way it would get it."""
    groups: dict[tuple[Ahead, ...], list[str]] = {}
    for schema, ahead in forecast(schemas):
        groups.setdefault(tuple(ahead), []).append(schema)
    if not groups:
        out.write("Every shop is up to date.")
    for steps, shops in groups.items():
        more = f" and {len(shops) - 5} more" if len(shops) > 5 else ""
        out.write(f"{len(shops)} shops ({', '.join(shops[:5])}{more}):")
        for step in steps:
            out.write(f"  {step.migration}: {step.way}")
            if with_sql and step.sql:
                out.write(step.sql)
