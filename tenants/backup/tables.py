"""A schema's tables and sequences, as the catalogue has them, and sums over their rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from psycopg import sql

from tenants.backup.manifest import TableSum

_TABLES = """
    SELECT relation.relname,
        array_agg(attribute.attname::text ORDER BY attribute.attnum)
            FILTER (WHERE attribute.attgenerated = '')
    FROM pg_catalog.pg_class AS relation
    JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid = relation.oid
    WHERE relation.relnamespace = to_regnamespace(quote_ident(%s)) AND relation.relkind = 'r'
        AND attribute.attnum > 0 AND NOT attribute.attisdropped
    GROUP BY relation.relname ORDER BY relation.relname
"""
_SEQUENCES = """
    SELECT relname::text FROM pg_catalog.pg_class
    WHERE relnamespace = to_regnamespace(quote_ident(%s)) AND relkind = 'S' ORDER BY relname
"""
# Rows as text, digested and added up: 64 bits of each. Against accidents; the file is sealed.
_SUM = """
    SELECT count(*), coalesce(sum(
        ('x' || left(md5(galleria_row::text), 16))::bit(64)::bigint::numeric
    ), 0)::text
    FROM {table} AS galleria_row
"""


class Cursor(Protocol):
    """Of psycopg or of Django."""

    def execute(self, query: Any, params: Any = None, /) -> Any: ...
    def fetchall(self) -> Any: ...
    def fetchone(self) -> Any: ...


@dataclass(frozen=True)
class Table:
    """A table and its columns, without those that PostgreSQL computes."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class SequenceState:
    """A sequence's last value, and whether it was given out."""

    name: str
    last_value: int
    is_called: bool


def tables_of(cursor: Cursor, schema: str) -> list[Table]:
    """By name. Empty when there is no such schema."""
    cursor.execute(_TABLES, [schema])
    return [Table(name, tuple(columns)) for name, columns in cursor.fetchall()]


def sum_of(cursor: Cursor, schema: str, table: str) -> TableSum:
    """Rows and digest of a table, in the connection's transaction."""
    cursor.execute(sql.SQL(_SUM).format(table=sql.Identifier(schema, table)))
    rows, digest = cursor.fetchone()
    return TableSum(rows, digest)


def sequences_of(cursor: Cursor, schema: str) -> list[SequenceState]:
    """Never behind what the tables hold: sequences do not wait for commits."""
    cursor.execute(_SEQUENCES, [schema])
    found = []
    for (name,) in cursor.fetchall():
        cursor.execute(
            sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(schema, name))
        )
        found.append(SequenceState(name, *cursor.fetchone()))
    return found


def set_sequences(cursor: Cursor, schema: str, states: Iterable[SequenceState]) -> None:
    for one in states:
        cursor.execute(
            "SELECT setval(format('%%I.%%I', %s::text, %s::text)::regclass, %s, %s)",
            [schema, one.name, one.last_value, one.is_called],
        )


def copy_out(schema: str, table: Table) -> sql.Composed:
    """The statement that writes a table's rows as text."""
    return sql.SQL("COPY {} ({}) TO STDOUT").format(
        sql.Identifier(schema, table.name), _columns(table)
    )


def copy_in(schema: str, table: Table) -> sql.Composed:
    """The statement that reads them again."""
    return sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(schema, table.name), _columns(table)
    )


def _columns(table: Table) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(one) for one in table.columns)
