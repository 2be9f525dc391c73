"""Writing what a backup holds into a new schema, in the caller's transaction."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson
from django.db import connection

from apps.shared.db import joins_transaction
from tenants.backup.errors import BackupUnreadable, CannotRestore
from tenants.backup.manifest import TableSum
from tenants.backup.parts import Part
from tenants.backup.server import WRITING
from tenants.backup.structure import PLAIN_NAME
from tenants.backup.tables import (
    SequenceState,
    Table,
    copy_in,
    set_sequences,
    sum_of,
    tables_of,
)

# What a leftover of a killed restore is known by; a shop's schema says its fingerprint here.
UNFINISHED = "being restored"


@joins_transaction
def take_name(schema: str) -> None:
    """Make sure that nobody else restores under this name, and that nothing has it.

    What a killed restore left between its transactions is removed. Raises CannotRestore.
    """
    if not PLAIN_NAME.fullmatch(schema):
        raise CannotRestore(f"{schema!r} is no name of a shop's schema.")
    with connection.cursor() as cursor:
        key = f"restore of {schema}"
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        if not cursor.fetchone()[0]:
            raise CannotRestore(f"Somebody restores into {schema} at this moment.")
        cursor.execute(
            "SELECT to_regnamespace(%s) IS NOT NULL,"
            " obj_description(to_regnamespace(%s), 'pg_namespace')",
            [schema, schema],
        )
        exists, comment = cursor.fetchone()
        if exists and comment != UNFINISHED:
            raise CannotRestore(f"There is a schema {schema} already.")
        cursor.execute(f"DROP SCHEMA IF EXISTS {connection.ops.quote_name(schema)} CASCADE")
        for name, value in WRITING.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])


@joins_transaction
def run(script: str) -> None:
    """Statements of a structure, all in one message."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL check_function_bodies = off")
        cursor.execute(script)


@joins_transaction
def note(schema: str, comment: str) -> None:
    """What is said of the schema: that it is unfinished, or its fingerprint."""
    with connection.cursor() as cursor:
        name = connection.ops.quote_name(schema)
        cursor.execute(f"SELECT format('COMMENT ON SCHEMA {name} IS %%L', %s::text)", [comment])
        cursor.execute(cursor.fetchone()[0])


@joins_transaction
def fill(schema: str, part: Part, passed: Callable[[int], object]) -> None:
    """The rows of one table."""
    table = Table(part.head["name"], tuple(part.head["columns"]))
    with connection.cursor() as cursor, cursor.copy(copy_in(schema, table)) as copy:
        for frame in part.frames:
            copy.write(frame)
            passed(len(frame))


@joins_transaction
def set_counters(schema: str, part: Part) -> None:
    """The sequences' values."""
    states = [SequenceState(*one) for one in orjson.loads(part.data())]
    with connection.cursor() as cursor:
        set_sequences(cursor, schema, states)


@joins_transaction
def compare(schema: str, wanted: Mapping[str, TableSum]) -> None:
    """Every table has the rows that it had. Raises BackupUnreadable, which names the others."""
    with connection.cursor() as cursor:
        found = {one.name: sum_of(cursor, schema, one.name) for one in tables_of(cursor, schema)}
    if differing := list(_differing(found, wanted)):
        raise BackupUnreadable(f"Restored rows differ from those in the backup: {differing}")


def _differing(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted({*found, *wanted}):
        if found.get(name) != wanted.get(name):
            yield f"{name}: {found.get(name)} instead of {wanted.get(name)}"
