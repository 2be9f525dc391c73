"""Single rows of a model by prepared statements: a purchase reads and writes dozens.

A queryset says the same, and is built, compiled and planned anew each time: four times the work.
Here a statement is made once per shop and names its schema. What comes back are ordinary instances;
what is written is what `save` would write, without Django's signals, for which we have no use.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Generic, TypeVar

import orjson
from django.db import DatabaseError, connection, models
from django.db.models.expressions import DatabaseDefault
from django.db.transaction import TransactionManagementError

from apps.shared.fast_sql import fetch_all
from apps.shared.schema import current_schema

M = TypeVar("M", bound=models.Model)


class Lookup(Generic[M]):
    """Rows of a model, by what stands after WHERE: `Lookup(Order, "id = %s FOR UPDATE")`."""

    def __init__(self, model: type[M], where: str) -> None:
        self._model, self._where = model, where
        self._locks = "FOR UPDATE" in where
        fields = model._meta.concrete_fields
        self._names = [field.attname for field in fields]
        self._columns = tuple(str(field.column) for field in fields)
        converters = [_converter(field) for field in fields]
        self._converters = [(at, one) for at, one in enumerate(converters) if one is not None]

    def all(self, *parameters: Any) -> list[M]:
        """Every such row. One statement. Raises TransactionManagementError when it is to lock them
        and there is no transaction that would keep the locks."""
        if self._locks and not connection.in_atomic_block:
            raise TransactionManagementError("rows are locked inside a transaction only")
        statement = _select(
            current_schema(), self._model._meta.db_table, self._columns, self._where
        )
        return [self._made(row) for row in fetch_all(statement, parameters)]

    def first(self, *parameters: Any) -> M | None:
        """The first such row, or None. One statement, of which all rows are fetched."""
        found = self.all(*parameters)
        return found[0] if found else None

    def _made(self, row: tuple[Any, ...]) -> M:
        values = list(row)
        for at, convert in self._converters:
            values[at] = convert(values[at])
        return self._model.from_db("default", self._names, values)


def write(row: models.Model, names: Iterable[str]) -> None:
    """Save these fields of a row that is there, as `row.save(update_fields=names)` would.

    Raises DatabaseError when the row is gone.
    """
    meta = row._meta
    fields: list[Any] = [meta.get_field(name) for name in names]
    columns = tuple(field.column for field in fields)
    statement = _update(current_schema(), meta.db_table, meta.pk.column, columns)
    if not fetch_all(statement, [*(_prepared(field, row) for field in fields), row.pk]):
        raise DatabaseError(f"{row!r} is not there any more")


def add(row: models.Model) -> None:
    """Insert a new row, as `row.save(force_insert=True)` would, and set the id it is given."""
    _insert_row(row, "")


def add_unless_there(row: models.Model) -> bool:
    """As `add`; False, and nothing is written, when there is one with the same unique values."""
    return _insert_row(row, "ON CONFLICT DO NOTHING")


def _insert_row(row: models.Model, otherwise: str) -> bool:
    meta = row._meta
    given = [
        (str(field.column), _prepared(field, row))
        for field in meta.concrete_fields
        if not (field.primary_key and row.pk is None)
        and not isinstance(getattr(row, field.attname), DatabaseDefault)
    ]
    columns = tuple(column for column, _ in given)
    statement = _insert(current_schema(), meta.db_table, meta.pk.column, columns, otherwise)
    ids = fetch_all(statement, [value for _, value in given])
    if ids:
        row.pk = ids[0][0]
        row._state.adding, row._state.db = False, "default"
    return bool(ids)


def _prepared(field: Any, row: models.Model) -> Any:
    return field.get_db_prep_save(field.pre_save(row, False), connection)


def _converter(field: Any) -> Callable[[Any], Any] | None:
    """From what psycopg gives to what the field gives. Django's fields expect JSON as text."""
    convert = getattr(field, "from_db_value", None)
    if convert is None or type(field) is models.JSONField:
        return None
    if isinstance(field, models.JSONField):
        return lambda value: convert(orjson.dumps(value).decode(), None, connection)
    return lambda value: convert(value, None, connection)


# Names and conditions are ours, of models and constants; values are bound.


@lru_cache(maxsize=20_000)
def _select(schema: str, table: str, columns: tuple[str, ...], where: str) -> str:
    return f"SELECT {_listed(columns)} FROM {_quoted(schema)}.{table} WHERE {where}"  # noqa: S608


@lru_cache(maxsize=20_000)
def _update(schema: str, table: str, key: str, columns: tuple[str, ...]) -> str:
    places = ", ".join(f"{_quoted(column)} = %s" for column in columns)
    return f"UPDATE {_quoted(schema)}.{table} SET {places} WHERE {key} = %s RETURNING {key}"  # noqa: S608


@lru_cache(maxsize=20_000)
def _insert(schema: str, table: str, key: str, columns: tuple[str, ...], otherwise: str) -> str:
    places = ", ".join(["%s"] * len(columns))
    return (
        f"INSERT INTO {_quoted(schema)}.{table} ({_listed(columns)}) VALUES ({places}) "  # noqa: S608
        f"{otherwise} RETURNING {key}"
    )


def _listed(columns: tuple[str, ...]) -> str:
    return ", ".join(map(_quoted, columns))


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
