"""Keyset pages: what comes after a row, found through an index and not by counting."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan


def in_order(
    rows: QuerySet[Any, Any], *, by: str, descending: bool, after: Sequence[Any] | None
) -> QuerySet[Any, Any]:
    """`rows` ordered by (`by`, id), those behind the position `after` only.

    The comparison is one of rows, `(a, id) < (x, y)`: PostgreSQL enters an index on both columns at
    that very place, also among thousands that share one value.
    """
    sign = "-" if descending else ""
    if after is not None:
        compare = TupleLessThan if descending else TupleGreaterThan
        rows = rows.filter(compare(Tuple(F(by), F("id")), list(after)))
    return rows.order_by(f"{sign}{by}", f"{sign}id")
