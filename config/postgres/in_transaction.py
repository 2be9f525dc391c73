"""django-tenants' engine without session state: the schema goes with the statement (ADR 28)."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django_tenants.postgresql_backend.base import DatabaseWrapper as TenantDatabaseWrapper
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from apps.shared.schema import PUBLIC
from config.postgres import path
from config.postgres.cursors import PathCursor
from config.postgres.errors import OutsideTransaction
from config.postgres.introspection import Introspection
from config.postgres.schema_editor import SchemaEditor

_WAY = frozenset({"host", "hostaddr", "port", "user", "password", "dbname", "options"})


class SchemaInTransaction(TenantDatabaseWrapper):
    """Names the schema with `SET LOCAL`, in the message of the statement that needs it.

    Nothing is left on the session, so that it does not matter which session, or whose, a pooler
    gives to a transaction. A shop's statement outside a transaction is sent as one by itself when
    it reads, and refused when it does anything else.
    """

    SchemaEditorClass = SchemaEditor

    def __init__(self, *arguments: Any, **options: Any) -> None:
        # What the open transaction's path is, as SQL; None when that is not known.
        self.path_in_force: str | None = None
        self._may_change_alone = False
        self._has_own_session = False
        super().__init__(*arguments, **options)  # type: ignore[no-untyped-call]
        self.introspection: Any = Introspection(self)

    def path_before(self, statement: str) -> str:
        """What is to be sent before a statement in its message; empty when nothing is.

        Raises OutsideTransaction.
        """
        connection: psycopg.Connection[Any] = self.connection
        status = connection.pgconn.transaction_status
        if status == TransactionStatus.INERROR:
            return ""
        wanted = self._wanted_path()
        if status == TransactionStatus.IDLE and connection.autocommit:
            if self._has_own_session:
                return self._path_of_session(wanted)
            return self._path_of_lone(statement, wanted)
        return "" if self.path_in_force == wanted else wanted

    def set_path_now(self) -> None:
        """For what cannot bring its path along. Raises OutsideTransaction."""
        connection: psycopg.Connection[Any] = self.connection
        status = connection.pgconn.transaction_status
        if status == TransactionStatus.IDLE and connection.autocommit:
            raise OutsideTransaction("server-side cursors, batches and COPY need a transaction")
        wanted = self._wanted_path()
        if status != TransactionStatus.INERROR and self.path_in_force != wanted:
            with connection.cursor() as cursor:
                cursor.execute(wanted.encode())
            self.path_in_force = wanted

    @contextmanager
    def lone_changes(self, *, allowed: bool) -> Iterator[None]:
        """Whether all of a shop's statements may be transactions by themselves: for what prepares a
        test or a benchmark."""
        before, self._may_change_alone = self._may_change_alone, allowed
        try:
            yield
        finally:
            self._may_change_alone = before

    @contextmanager
    def session_of_its_own(self) -> Iterator[None]:
        """A new session, past any pooler, that keeps the path and ends with the block: for what
        cannot run in a transaction, such as `CREATE INDEX CONCURRENTLY`."""
        if self._has_own_session:
            yield
            return
        self.validate_no_atomic_block()
        wrapper: Any = self
        before = wrapper.connection
        self.connection = self._new_session()
        self._has_own_session, self.path_in_force = True, None
        try:
            yield
        finally:
            self.connection.close()
            self.connection = before
            self._has_own_session, self.path_in_force = False, None

    @contextmanager
    def without_public(self) -> Iterator[None]:
        """Look into the present schema only."""
        before, self.include_public_schema = self.include_public_schema, False
        try:
            yield
        finally:
            self.include_public_schema = before

    def on_commit(self, func: Callable[[], Any], robust: bool = False) -> None:
        """As Django's; the hook runs in the schema in which it was asked for."""
        super().on_commit(self._bound_to_schema(func) if callable(func) else func, robust)

    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), "cursor_factory": PathCursor}

    def direct_parameters(self) -> dict[str, Any]:
        """How psycopg reaches the server past any pooler, for what needs a session of its own."""
        given = self.get_connection_params()
        if settings.DATABASE_DIRECT_URL:
            given = {name: value for name, value in given.items() if name not in _WAY}
        return {**given, **conninfo_to_dict(settings.DATABASE_DIRECT_URL)}

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = super().create_cursor(name)
        if isinstance(cursor, PathCursor):
            cursor.wrapper = self
        return cursor

    def chunked_cursor(self) -> Any:
        """One of the server inside a transaction; outside it would outlive the statement."""
        return self._cursor() if self.get_autocommit() else super().chunked_cursor()  # type: ignore[no-untyped-call]

    def savepoint_rollback(self, sid: str) -> None:
        """PostgreSQL takes back the path with the savepoint."""
        try:
            super().savepoint_rollback(sid)  # type: ignore[no-untyped-call]
        finally:
            self.path_in_force = None

    def _set_autocommit(self, autocommit: bool) -> None:
        self.path_in_force = None
        super()._set_autocommit(autocommit)

    def _commit(self) -> None:
        self.path_in_force = None
        super()._commit()

    def _rollback(self) -> None:
        self.path_in_force = None
        super()._rollback()

    def _handle_search_path(self, cursor: Any = None) -> None:
        """django-tenants' hook for new cursors: `None` stands for one of the server."""
        if cursor is None:
            self.set_path_now()

    def _wanted_path(self) -> str:
        return path.set_local(tuple(self._get_cursor_search_paths()))  # type: ignore[no-untyped-call]

    def _path_of_lone(self, statement: str, wanted: str) -> str:
        if path.reads(statement):
            return wanted
        if self.schema_name == PUBLIC:
            return wanted if path.changes_rows(statement) else ""
        if self._may_change_alone or path.notes_migration(statement):
            return wanted
        begin = statement.lstrip()[:40]
        raise OutsideTransaction(f"{begin}… in {self.schema_name} needs a transaction")

    def _path_of_session(self, wanted: str) -> str:
        """In a message before: these statements do not like to stand beside another one."""
        if self.path_in_force != wanted:
            self.connection.execute(wanted.replace("SET LOCAL ", "SET ", 1).encode())
            self.path_in_force = wanted
        return ""

    def _new_session(self) -> "psycopg.Connection[Any]":
        session = psycopg.connect(**self.direct_parameters(), autocommit=True)
        self._configure_connection(session)
        return session

    def _bound_to_schema(self, func: Callable[[], Any]) -> Callable[[], Any]:
        tenant: Any = self.tenant
        with_public = self.include_public_schema

        @functools.wraps(func)
        def run() -> None:
            now: Any = self.tenant
            now_with_public = self.include_public_schema
            if now.schema_name == tenant.schema_name:
                func()
                return
            self.set_tenant(tenant, with_public)  # type: ignore[no-untyped-call]
            try:
                func()
            finally:
                self.set_tenant(now, now_with_public)  # type: ignore[no-untyped-call]

        return run
