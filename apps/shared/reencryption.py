"""Encrypting what is stored anew, after a new key was put in front of FIELD_ENCRYPTION_KEYS."""

import json
from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.db import connection, models

from apps.shared.db import owns_transaction
from apps.shared.encryption import (
    EncryptedMapField,
    EncryptedTextField,
    is_of_newest_key,
    under_newest_key,
)
from apps.shared.schema import current_schema

_BATCH = 200


def encrypted_columns() -> list[tuple[str, str, str]]:
    """Of every model: table, key column, encrypted column."""
    found = []
    for model in apps.get_models():
        for one in model._meta.concrete_fields:
            if isinstance(one, EncryptedTextField | EncryptedMapField):
                key: models.Field[Any, Any] = model._meta.pk
                found.append((model._meta.db_table, str(key.column), str(one.column)))
    return found


def reencrypt(*, writes: bool) -> int:
    """Bring all secrets of the present schema under the newest key; how many rows had another.

    In batches, each a transaction of its own. Without `writes` they are only counted.

    Raises cryptography.fernet.InvalidToken when a key that is still needed was taken away.
    """
    found = 0
    for table, key, column in encrypted_columns():
        last = None
        while _is_here(table):
            keys, changed = _batch(table, key, column, after=last, writes=writes)
            found += changed
            if not keys:
                break
            last = keys[-1]
    return found


def _is_here(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [f"{current_schema()}.{table}"])
        return cursor.fetchone()[0] is not None


@owns_transaction
def _batch(table: str, key: str, column: str, *, after: Any, writes: bool) -> tuple[list[Any], int]:
    quoted = (connection.ops.quote_name(one) for one in (current_schema(), table, key, column))
    in_schema, table, key, column = quoted
    since = f"WHERE {key} > %s" if after is not None else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key}, {column} FROM {in_schema}.{table} {since}"  # noqa: S608 - our own names
            f" ORDER BY {key} LIMIT {_BATCH} FOR UPDATE",
            [after] if after is not None else [],
        )
        rows = cursor.fetchall()
        stale = [(pk, value) for pk, value in rows if not _is_fresh(value)]
        anew = [(_fresh(value), pk) for pk, value in stale]
        if writes and anew:
            cursor.executemany(
                f"UPDATE {in_schema}.{table} SET {column} = %s WHERE {key} = %s",  # noqa: S608
                anew,
            )
    return [pk for pk, _ in rows], len(stale)


def _tokens(value: Any) -> Mapping[str, str] | None:
    """Of a column that holds several; None for one that holds one."""
    if isinstance(value, str) and value.startswith("{"):
        value = json.loads(value)
    return value if isinstance(value, Mapping) else None


def _is_fresh(value: Any) -> bool:
    tokens = _tokens(value)
    every = tokens.values() if tokens is not None else [value] if value else []
    return all(is_of_newest_key(one) for one in every)


def _fresh(value: Any) -> str:
    tokens = _tokens(value)
    if tokens is None:
        return under_newest_key(value)
    return json.dumps({one: under_newest_key(token) for one, token in tokens.items()})
