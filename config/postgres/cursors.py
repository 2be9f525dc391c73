"""The cursor of all Django code: what it sends names its schema."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from config.postgres.path import Statement, text_of

if TYPE_CHECKING:
    from psycopg import ClientCursor as Cursor

    from config.postgres.in_transaction import SchemaInTransaction
else:
    from django.db.backends.postgresql.base import Cursor


class PathCursor(Cursor):
    """Sends `SET LOCAL search_path` in the same message as a statement that needs it.

    PostgreSQL runs a message of two statements as one transaction, if none is open: the path holds
    for the statement and is gone with it. It costs no round trip.
    """

    wrapper: "SchemaInTransaction | None" = None

    def execute(self, query: Statement, params: Any = None, **options: Any) -> Self:  # type: ignore[override]
        """As psycopg's. Raises OutsideTransaction for a shop's statement that needs one."""
        if self.wrapper is None:
            return super().execute(query, params, **options)
        text = text_of(query, self.connection)
        path = self.wrapper.path_before(text)
        super().execute(path + text, params, **options)
        if path:
            self.nextset()
            self.wrapper.path_in_force = path
        return self

    def executemany(self, query: Statement, params_seq: Iterable[Any], **options: Any) -> None:  # type: ignore[override]
        """As psycopg's; only in a transaction, as it is several messages."""
        if self.wrapper is not None:
            self.wrapper.set_path_now()
        super().executemany(query, params_seq, **options)

    def copy(self, *arguments: Any, **options: Any) -> Any:
        """As psycopg's; only in a transaction."""
        if self.wrapper is not None:
            self.wrapper.set_path_now()
        return super().copy(*arguments, **options)
