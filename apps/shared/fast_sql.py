"""One prepared statement, straight to psycopg: for the few calls where the way matters.

Parameters are bound by the server and the statement is prepared on first use; Django's cursor would
do neither. Transactions, errors and the schema's search path stay Django's business.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

import psycopg
from django.db import connection, transaction

from apps.shared.schema import current_schema

Parameters = Sequence[Any] | Mapping[str, Any]


def fetch_one(
    statement: str, parameters: Parameters, *, prepare: bool = True, savepoint: bool = True
) -> tuple[Any, ...] | None:
    """Run one statement and return its first row.

    Outside a transaction it is one of its own. Inside one, a failure undoes only itself; without
    `savepoint`, all of it. Tables and functions are named with their schema: the search path is
    not set here. `prepare=False` has it planned for its very parameters each time.

    Raises Django's database errors.
    """
    if connection.in_atomic_block:
        with transaction.atomic(savepoint=savepoint):
            rows = _fetch(statement, parameters, prepare, at_most=1)
    else:
        rows = _fetch(statement, parameters, prepare, at_most=1)
    return rows[0] if rows else None


def fetch_all(statement: str, parameters: Parameters) -> list[tuple[Any, ...]]:
    """As `fetch_one`, for all rows; inside a transaction a failure undoes the whole of it."""
    if connection.in_atomic_block:
        with transaction.atomic(savepoint=False):
            return _fetch(statement, parameters, True)
    return _fetch(statement, parameters, True)


def call(function: str, *parameters: Any) -> Any:
    """What a function in the shop's own schema returns; inside a transaction its failure undoes the
    whole of that. Raises Django's database errors."""
    row = fetch_one(
        _call_of(current_schema(), function, len(parameters)), parameters, savepoint=False
    )
    return row[0] if row else None


@lru_cache(maxsize=20_000)
def _call_of(schema: str, function: str, parameters: int) -> str:
    places = ", ".join(["%s"] * parameters)
    return f"SELECT {connection.ops.quote_name(schema)}.{function}({places})"


def _fetch(
    statement: str, parameters: Parameters, prepare: bool, at_most: int | None = None
) -> list[tuple[Any, ...]]:
    connection.ensure_connection()
    raw = cast("psycopg.Connection[Any]", connection.connection)
    if connection.queries_logged:
        connection.queries_log.append({"sql": statement, "time": "0"})
    with connection.wrap_database_errors, psycopg.Cursor(raw) as cursor:
        cursor.execute(statement, parameters, prepare=prepare, binary=True)
        return cursor.fetchall() if at_most is None else cursor.fetchmany(at_most)
