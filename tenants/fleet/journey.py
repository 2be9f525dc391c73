"""One schema's way to the migrations of this code, a transaction for each of them.

Each step looks what the schema has and takes the next migration, so that it does not matter who was
here before, how far they came and how they ended.
"""

import threading
from dataclasses import dataclass, field

from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.recorder import MigrationRecorder

from apps.shared.schema import PUBLIC, use_schema
from tenants.fingerprints import code_fingerprint, note_fingerprint, schema_fingerprint
from tenants.fleet.graph import Graph, applied_here, name_of, note_applied, recorded_as
from tenants.fleet.holding import Limits, held, held_from_outside
from tenants.fleet.records import note_done
from tenants.fleet.scripts import Scripts, follow_up, keep_script, replay, run_in_python
from tenants.versions import serves

# Content types are remembered by the process, whatever their schema: one at a time.
_one_at_a_time = threading.Lock()
_INVALID_INDEXES = """
    SELECT relname FROM pg_catalog.pg_class JOIN pg_catalog.pg_index ON indexrelid = pg_class.oid
    WHERE relnamespace = to_regnamespace(quote_ident(%s)) AND NOT indisvalid
"""


@dataclass
class Journey:
    """`scripts` None: all of it in Python, as Django does. With `is_recorded` what runs is kept as
    scripts. `silent_from` is the fingerprint from which on nothing follows migrations.

    Afterwards `steps` names what was applied, and `written` counts the rows that followed.
    """

    schema: str
    graph: Graph
    limits: Limits
    scripts: Scripts | None = None
    is_recorded: bool = False
    silent_from: str = ""
    steps: list[str] = field(default_factory=list)
    written: int = 0
    begun: str = ""

    def go(self) -> None:
        """Take all steps. Raises Busy, and whatever a migration raises; what was done stays."""
        started_at = schema_fingerprint(self.schema) or ""
        while self._step(started_at):
            pass

    def _step(self, started_at: str) -> bool:
        """Take the next one; False when the last was taken and the schema says so."""
        is_silent = bool(started_at) and started_at == self.silent_from
        with held(self.schema, self.limits):
            applied = applied_here()
            pending = self.graph.pending(applied)
            if pending and pending[0].atomic:
                self._apply(pending.pop(0), applied)
                if pending or not is_silent:
                    return True  # what follows is not to hold the locks of what was changed
            if not pending:
                self._arrive(started_at, is_silent=is_silent)
                return False
        with held_from_outside(self.schema, self.limits):
            applied = applied_here()
            pending = self.graph.pending(applied)
            if pending and not pending[0].atomic:
                drop_invalid_indexes(self.schema)
                self._apply(pending[0], applied)
        return True

    def _apply(self, migration: Migration, applied: set[str]) -> None:
        self.begun = name_of(migration)
        before = self.graph.base_of(applied)
        script = self.scripts.of(migration, before=before) if self.scripts else None
        if script is not None:
            replay(script)
        else:
            self._apply_in_python(migration, applied, before)
        note_applied([name for name in recorded_as(migration) if name not in applied])
        self.steps.append(self.begun)

    def _apply_in_python(self, migration: Migration, applied: set[str], before: str) -> None:
        statements: list[str] = []
        state = run_in_python(migration, self.graph.state_at(applied), recorded=statements)
        self.graph.remember({*applied, *recorded_as(migration)}, state)
        if self.is_recorded:
            with use_schema(PUBLIC):
                keep_script(
                    migration,
                    before=before,
                    statements=statements,
                    is_replayable=self.graph.is_plain(migration),
                )

    def _arrive(self, started_at: str, *, is_silent: bool) -> None:
        if not is_silent:
            with _one_at_a_time:
                self.written = follow_up()
        if not serves(started_at):  # one that is ahead of this code stays so
            note_fingerprint(self.schema, code_fingerprint())
        note_done(self.schema, step=self.begun)


def make_schema(schema: str, *, limits: Limits) -> None:
    """The schema and its table of migrations, if they are not there. Raises Busy."""
    with held(schema, limits), connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {connection.ops.quote_name(schema)}")
        cursor.execute(
            "SELECT to_regclass(format('%%I.django_migrations', %s::text)) IS NULL", [schema]
        )
        if cursor.fetchone()[0]:
            with connection.schema_editor() as editor:
                editor.create_model(MigrationRecorder.Migration)


def drop_invalid_indexes(schema: str) -> None:
    """What an index leaves behind that was built concurrently and did not come to its end: it costs
    writes, serves nobody, and its name is taken."""
    with connection.cursor() as cursor:
        cursor.execute(_INVALID_INDEXES, [schema])
        for (name,) in cursor.fetchall():
            index = f"{connection.ops.quote_name(schema)}.{connection.ops.quote_name(name)}"
            cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {index}")
