"""One moment of one shop's schema, however much is written meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from tenants.backup.errors import BackupNotMade
from tenants.backup.manifest import TableSum
from tenants.backup.server import WRITING, connect, dump_schema
from tenants.backup.tables import (
    SequenceState,
    Table,
    copy_out,
    sequences_of,
    sum_of,
    tables_of,
)

# Only what alters a table holds it against readers; who does that is soon done or comes again.
_LOCK_TIMEOUT = "15s"


class Snapshot:
    """What is read through it is of the moment at which it was taken, to whoever reads."""

    def __init__(self, server: "psycopg.Connection[Any]", schema: str) -> None:
        self._server, self._schema = server, schema
        self._cursor = server.cursor()
        self._cursor.execute("SELECT pg_catalog.pg_export_snapshot(), now()")
        [(self._id, self.taken_at)] = self._cursor.fetchall()
        self.tables: list[Table] = tables_of(self._cursor, schema)

    @property
    def server_version(self) -> str:
        return str(self._server.info.parameter_status("server_version"))

    def structure(self, section: str) -> str:
        """As pg_dump writes it: `pre-data` or `post-data`."""
        return dump_schema(self._schema, section=section, snapshot=self._id)

    def rows(self, table: Table) -> Iterator[bytes]:
        """All rows of a table, in the text format of COPY."""
        with self._cursor.copy(copy_out(self._schema, table)) as copy:
            for block in copy:
                yield bytes(block)

    def sum_of(self, table: Table) -> TableSum:
        return sum_of(self._cursor, self._schema, table.name)

    def sequences(self) -> list[SequenceState]:
        return sequences_of(self._cursor, self._schema)

    def migrations(self) -> list[str]:
        """What the schema was migrated with, as app.name."""
        self._cursor.execute(
            sql.SQL("SELECT app || '.' || name FROM {} ORDER BY 1").format(
                sql.Identifier(self._schema, "django_migrations")
            )
        )
        return [name for (name,) in self._cursor.fetchall()]


@contextmanager
def snapshot_of(schema: str) -> Iterator[Snapshot]:
    """Hold one moment of a schema; it locks nobody out but who would alter its tables.

    Raises BackupNotMade when somebody alters them now.
    """
    with connect() as server:
        known = tables_of(server.cursor(), schema)
        with server.transaction():
            _begin(server, schema, known)
            found = Snapshot(server, schema)
            if found.tables != known:
                raise BackupNotMade("Tables were altered at this moment: try again.")
            yield found


def _begin(server: "psycopg.Connection[Any]", schema: str, tables: list[Table]) -> None:
    """Locked before the moment is taken: from then on tables are what the catalogue says."""
    server.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    settings = {**WRITING, "lock_timeout": _LOCK_TIMEOUT, "statement_timeout": "0"}
    settings |= {"idle_in_transaction_session_timeout": "0", "transaction_timeout": "0"}
    # SET, unlike SELECT set_config(), takes no snapshot yet.
    for name, value in settings.items():
        server.execute(sql.SQL("SET LOCAL {} = {}").format(sql.Identifier(name), value))
    if tables:
        names = sql.SQL(", ").join(sql.Identifier(schema, one.name) for one in tables)
        try:
            server.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(names))
        except (psycopg.errors.LockNotAvailable, psycopg.errors.UndefinedTable) as error:
            raise BackupNotMade(f"Tables are being altered: {error}") from error
