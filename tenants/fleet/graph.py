"""The migrations of this code in the order in which they run, and what they make of the models."""

import threading
from collections import OrderedDict
from collections.abc import Collection

from django.db import connection
from django.db.migrations import Migration, operations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED, DateField, Field, TimeField

from apps.shared.schema import current_schema
from tenants.fingerprints import fingerprint_of

# Nothing but SQL, the same in every schema that is in the same state. What is not listed may do
# anything in Python. A renamed model is not: its content type is renamed with it, in Python.
_PLAIN: dict[type[Operation], None] = dict.fromkeys(
    (
        operations.AddConstraint,
        operations.AddField,
        operations.AddIndex,
        operations.AlterField,
        operations.AlterIndexTogether,
        operations.AlterModelManagers,
        operations.AlterModelOptions,
        operations.AlterModelTable,
        operations.AlterModelTableComment,
        operations.AlterOrderWithRespectTo,
        operations.AlterUniqueTogether,
        operations.CreateModel,
        operations.DeleteModel,
        operations.RemoveConstraint,
        operations.RemoveField,
        operations.RemoveIndex,
        operations.RenameField,
        operations.RenameIndex,
        operations.RunSQL,
    )
)
_FROM_CONTRIB = {"AddConstraintNotValid", "ValidateConstraint"}
# Callables that give the same each time they are called.
_CONSTANT = (dict, list, set, tuple, str, int, bool, float)
_STATES_KEPT = 8


class Graph:
    """One per run and process; threads share it."""

    def __init__(self) -> None:
        executor = MigrationExecutor(None)
        targets = executor.loader.graph.leaf_nodes()
        plan = executor.migration_plan(targets, clean_start=True)
        self.plan: list[Migration] = [migration for migration, _ in plan]
        self.names = frozenset(".".join(key) for key in executor.loader.disk_migrations)
        self._replaceable = executor.loader.replacements
        self._states: OrderedDict[str, ProjectState] = OrderedDict()
        self._guard = threading.RLock()

    def pending(self, applied: Collection[str]) -> list[Migration]:
        """What a schema with these migrations (`app.name`) still lacks, in order."""
        return [one for one in self.plan if not self._is_in(one, applied)]

    def _is_in(self, migration: Migration, applied: Collection[str]) -> bool:
        if name_of(migration) in applied:
            return True
        replaced = {".".join(key) for key in migration.replaces}
        if replaced and not replaced.isdisjoint(applied) and not replaced.issubset(applied):
            raise RuntimeError(
                f"{name_of(migration)} replaces migrations of which the schema has some only: "
                "bring it up to date with the version before"
            )
        return bool(replaced) and replaced.issubset(applied)

    def base_of(self, applied: Collection[str]) -> str:
        """The fingerprint of the state that a schema with these migrations is in."""
        return fingerprint_of(self.names.intersection(applied))

    def state_at(self, applied: Collection[str]) -> ProjectState:
        """The models of a schema with these migrations, rendered; a copy that may be changed."""
        base = self.base_of(applied)
        with self._guard:
            state = self._states.get(base)
            if state is None:
                state = ProjectState()
                for migration in self.plan:
                    if self._is_in(migration, applied):
                        migration.mutate_state(state, preserve=False)
                state.apps  # noqa: B018 - renders the models
                self.remember(applied, state)
            return state.clone()

    def remember(self, applied: Collection[str], state: ProjectState) -> None:
        """Keep the state that a migration has led to: the next step begins there."""
        with self._guard:
            self._states[self.base_of(applied)] = state
            while len(self._states) > _STATES_KEPT:
                self._states.popitem(last=False)

    def is_plain(self, migration: Migration) -> bool:
        """Whether all that it does is SQL that is the same in every schema."""
        return migration.atomic and all(_is_plain(one) for one in migration.operations)


def name_of(migration: Migration) -> str:
    """As `app.name`."""
    return f"{migration.app_label}.{migration.name}"


def recorded_as(migration: Migration) -> list[str]:
    """The names under which it is written down as applied: those that it replaces, and its own."""
    return [*(".".join(key) for key in migration.replaces), name_of(migration)]


def applied_here() -> set[str]:
    """The migrations of the current schema, as `app.name`."""
    schema = connection.ops.quote_name(current_schema())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT app, name FROM {schema}.django_migrations")  # noqa: S608 - quoted
        return {f"{app}.{name}" for app, name in cursor.fetchall()}


def note_applied(names: Collection[str]) -> None:
    """Write down in the current schema that these (`app.name`) are applied."""
    schema = connection.ops.quote_name(current_schema())
    with connection.cursor() as cursor:
        for name in names:
            app, _, migration = name.partition(".")
            cursor.execute(
                f"INSERT INTO {schema}.django_migrations (app, name, applied) "  # noqa: S608 - quoted
                "VALUES (%s, %s, now())",
                [app, migration],
            )


def _is_plain(operation: Operation) -> bool:
    if type(operation) is operations.SeparateDatabaseAndState:
        return all(_is_plain(one) for one in operation.database_operations)
    if isinstance(operation, operations.AddField | operations.AlterField):
        return type(operation) in _PLAIN and _fills_rows_alike(operation.field)
    is_contrib = type(operation).__module__ == "django.contrib.postgres.operations"
    return type(operation) in _PLAIN or (is_contrib and type(operation).__name__ in _FROM_CONTRIB)


def _fills_rows_alike(field: "Field[object, object]") -> bool:
    """Whether rows that are there get the same value in every shop. A key made by Python, the time,
    and what a field of our own makes of its default are to be a shop's own."""
    if field.db_default is not NOT_PROVIDED:
        return True
    if isinstance(field, DateField | TimeField) and (field.auto_now or field.auto_now_add):
        return False
    if field.default is NOT_PROVIDED:
        return True
    is_ours = not type(field).__module__.startswith("django.")
    return not is_ours and (not callable(field.default) or field.default in _CONSTANT)
