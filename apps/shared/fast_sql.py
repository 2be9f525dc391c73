"""One prepared statement, straight to psycopg: for the few calls where the way matters.

Parameters are bound by the server and the statement is prepared on first use; Django's cursor would
do neither. Transactions, errors and the schema's search path stay Django's business.
"""

from collections.abc import Sequence
from typing import Any, cast

import psycopg
from django.db import connection, transaction


def fetch_one(statement: str, parameters: Sequence[Any]) -> tuple[Any, ...] | None:
    """Run one statement and return its first row.

    Outside a transaction it is one of its own; inside one, a failure undoes only itself. Tables and
    functions are named with their schema: the search path is not set here.

    Raises Django's database errors.
    """
    if connection.in_atomic_block:
        with transaction.atomic():
            return _fetch(statement, parameters)
    return _fetch(statement, parameters)


def _fetch(statement: str, parameters: Sequence[Any]) -> tuple[Any, ...] | None:
    connection.ensure_connection()
    raw = cast("psycopg.Connection[Any]", connection.connection)
    with connection.wrap_database_errors, psycopg.Cursor(raw) as cursor:
        cursor.execute(statement, parameters, prepare=True, binary=True)
        return cast("tuple[Any, ...] | None", cursor.fetchone())
