"""Migrations that cannot run in a transaction get a session that may remember the schema."""

from contextlib import ExitStack
from typing import Any, Self

from django.db.backends.postgresql.schema import DatabaseSchemaEditor


class SchemaEditor(DatabaseSchemaEditor):
    """Django's own; with `atomic = False` it works on a session that ends with it."""

    def __enter__(self) -> Self:
        wrapper: Any = self.connection
        self._session = ExitStack()
        if not (self.atomic_migration or self.collect_sql or wrapper.in_atomic_block):
            self._session.enter_context(wrapper.session_of_its_own())
        super().__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:
        with self._session:
            super().__exit__(*raised)
