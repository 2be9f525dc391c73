"""The search path as SQL, and which statements may bring it along outside a transaction."""

import re
from functools import lru_cache

from django.core.exceptions import ValidationError
from django_tenants.postgresql_backend.base import is_valid_schema_name
from psycopg import Connection, sql

Statement = str | bytes | sql.SQL | sql.Composed

_FIRST_WORD = re.compile(r"(?:\s+|--[^\n]*\n|/\*.*?\*/)*(\w+|\()", re.DOTALL)
_MIGRATION_NOTE = re.compile(r'(?:INSERT INTO|DELETE FROM) "django_migrations"')
_READS = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "EXPLAIN", "SHOW", "("})
_CHANGES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})


@lru_cache(maxsize=10_000)
def set_local(schemas: tuple[str, ...]) -> str:
    """`SET LOCAL search_path`, ending with a semicolon. Raises ValidationError for an odd name."""
    for name in schemas:
        if not is_valid_schema_name(name) or "%" in name:
            raise ValidationError("Invalid string used for the schema name.")
    return "SET LOCAL search_path = {}; ".format(", ".join(f'"{name}"' for name in schemas))


def text_of(statement: Statement, connection: "Connection[object]") -> str:
    """A statement as one string, its places for parameters left as they are."""
    if isinstance(statement, str):
        return statement
    if isinstance(statement, bytes):
        return statement.decode()
    return statement.as_string(connection)


def reads(statement: str) -> bool:
    """Whether it begins as one that reads."""
    return _first_word(statement) in _READS


def changes_rows(statement: str) -> bool:
    """Whether it begins as one that writes rows; others may not like to stand in a transaction."""
    return _first_word(statement) in _CHANGES


def notes_migration(statement: str) -> bool:
    """Whether Django writes down what it has migrated, which it does after the transaction."""
    return _MIGRATION_NOTE.match(statement) is not None


def _first_word(statement: str) -> str:
    found = _FIRST_WORD.match(statement)
    return found[1].upper() if found else ""
