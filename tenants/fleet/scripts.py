"""Each migration as the SQL that ran in the template: recorded once, replayed in every shop.

A script is good for exactly the state in which it was recorded. A shop in any other state, and a
migration that does something in Python, go the ordinary way.
"""

from typing import Any

from django.apps import apps as installed
from django.contrib.contenttypes.management import inject_rename_contenttypes_operations
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.migrations import Migration
from django.db.migrations.state import ProjectState

from tenants.fleet.graph import name_of
from tenants.models import MigrationScript

# Recorded statements end in a semicolon, a line comment, or neither.
_BETWEEN = "\n;\n"


def run_in_python(
    migration: Migration, state: ProjectState, *, recorded: list[str] | None = None
) -> ProjectState:
    """Apply a migration to the current schema as Django's own executor does, and return the state
    that it leads to. `recorded` is given each statement that the schema editor ran."""
    wanted = _with_renamed_content_types(migration, state)
    with connection.schema_editor(atomic=migration.atomic) as editor:
        if recorded is not None:
            _listen(editor, recorded)
        return wanted.apply(state, editor)


def _with_renamed_content_types(migration: Migration, state: ProjectState) -> Migration:
    """What Django adds by a signal before it migrates; to a copy, for migrations are shared."""
    copy = type(migration)(migration.name, migration.app_label)  # has a list of its own
    inject_rename_contenttypes_operations(
        plan=[(copy, False)], apps=state.apps, using=DEFAULT_DB_ALIAS
    )
    return copy


def _listen(editor: Any, recorded: list[str]) -> None:
    execute = editor.execute

    def heard(sql: Any, params: Any = ()) -> Any:
        # As PostgreSQL is given it: Django puts parameters into statements itself here.
        text = str(sql) if params is None else editor.connection.ops.compose_sql(str(sql), params)
        recorded.append(text)
        return execute(sql, params)

    editor.execute = heard


def keep_script(
    migration: Migration, *, before: str, statements: list[str], is_replayable: bool
) -> None:
    """Keep what was recorded. To be called in `public`, in the transaction that ran it."""
    MigrationScript.objects.update_or_create(
        migration=name_of(migration),
        before=before,
        defaults={"sql": _BETWEEN.join(statements), "is_replayable": is_replayable},
    )


class Scripts:
    """The scripts that were kept, read once: by migration and the state that they are good for."""

    def __init__(self) -> None:
        found = MigrationScript.objects.filter(is_replayable=True)
        self._known = {(one.migration, one.before): one.sql for one in found.iterator()}

    def of(self, migration: Migration, *, before: str) -> str | None:
        """The SQL to replay in a schema in this state; None when there is none for it."""
        return self._known.get((name_of(migration), before))


def replay(script: str) -> None:
    """Run a script in the current schema, in one message."""
    if not script:
        return
    with connection.cursor() as cursor:
        # Without parameters psycopg sends it as it is.
        cursor.execute(script)


def follow_up() -> int:
    """What Django does after it has migrated the current schema: content types, permissions, and
    whoever listens. Returns how many rows that wrote."""
    from django.core.management.sql import emit_post_migrate_signal

    written = 0

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal written
        result = execute(sql, params, many, context)
        if not sql.lstrip().upper().startswith(("SELECT", "SET", "SAVEPOINT", "RELEASE")):
            written += max(context["cursor"].rowcount, 0)
        return result

    with connection.execute_wrapper(count):
        emit_post_migrate_signal(
            verbosity=0, interactive=False, db=DEFAULT_DB_ALIAS, apps=installed, plan=[]
        )
    return written
