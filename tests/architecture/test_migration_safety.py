"""Migrations lock nothing for long, and the version before lives on (docs/guides/migrations.md)."""

import os

import pytest
from django.apps import apps

from apps.shared.schema import PUBLIC, use_schema
from tenants.fleet.graph import Graph, name_of, note_applied, recorded_as
from tenants.fleet.holding import Limits
from tenants.fleet.journey import make_schema
from tenants.fleet.scripts import run_in_python
from tenants.models import MigrationScript
from tests.architecture.migration_rules import broken_rules, known
from tests.support import databases


def is_ours(migration: str) -> bool:
    config = apps.get_app_config(migration.partition(".")[0])
    return config.name.startswith(("apps.", "tenants", "billing"))


@pytest.fixture
def scripts_of_public(django_db_setup: None, django_db_blocker: object) -> dict[str, str]:
    """The SQL of every migration as it runs in an empty `public`."""
    name = f"galleria_public_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        databases.create_empty(name)
        try:
            with databases.use_database(name), use_schema(PUBLIC):
                return _migrate_public()
        finally:
            databases.drop(name)


def _migrate_public() -> dict[str, str]:
    make_schema(PUBLIC, limits=Limits())
    graph, applied, scripts = Graph(), set[str](), dict[str, str]()
    for migration in graph.plan:
        statements: list[str] = []
        state = run_in_python(migration, graph.state_at(applied), recorded=statements)
        note_applied(recorded_as(migration))
        applied.update(recorded_as(migration))
        graph.remember(applied, state)
        scripts[name_of(migration)] = "\n;\n".join(statements)
    return scripts


def test_no_migration_breaks_a_rule_but_those_that_are_known(
    scripts_of_public: dict[str, str], db: None
) -> None:
    """Whoever sees this fail reads docs/guides/migrations.md: there is another way, mostly."""
    scripts_of_shops = dict(MigrationScript.objects.values_list("migration", "sql"))
    alone = {name_of(one) for one in Graph().plan if not one.atomic}
    found: dict[str, set[str]] = {}
    for scripts in (scripts_of_public, scripts_of_shops):
        ours = {name: sql for name, sql in scripts.items() if is_ours(name)}
        assert len(ours) > 50
        for name, rules in broken_rules(ours, alone=alone).items():
            found.setdefault(name, set()).update(rules)
    assert found == {one.migration: set(one.rules) for one in known()}


def test_each_exception_says_since_when_and_why() -> None:
    for one in known():
        assert one.since >= "2026-11-21"
        assert len(one.why) > 10


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("ALTER TABLE a ADD COLUMN b integer DEFAULT 1 NOT NULL; "
         "ALTER TABLE a ALTER COLUMN b DROP DEFAULT", "ban-drop-default"),
        ("ALTER TABLE a ADD COLUMN b integer NOT NULL", "adding-required-field"),
        ("ALTER TABLE a ALTER COLUMN b SET NOT NULL", "adding-not-nullable-field"),
        ("ALTER TABLE a DROP COLUMN b", "ban-drop-column"),
        ("ALTER TABLE a RENAME COLUMN b TO c", "renaming-column"),
        ("ALTER TABLE a RENAME TO b", "renaming-table"),
        ("ALTER TABLE a ALTER COLUMN b TYPE bigint", "changing-column-type"),
        ("DROP TABLE a", "ban-drop-table"),
        ("DROP FUNCTION f", "ban-drop-function"),
        ("CREATE INDEX i ON a (b)", "require-concurrent-index-creation"),
        ("CREATE INDEX CONCURRENTLY i ON a (b)", "ban-concurrent-index-creation-in-transaction"),
        ("ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0)", "constraint-missing-not-valid"),
        ("ALTER TABLE a ADD CONSTRAINT c UNIQUE (b)", "disallowed-unique-constraint"),
    ],
)  # fmt: skip
def test_the_rules_can_fail(sql: str, rule: str) -> None:
    assert rule in broken_rules({"probe.0002_odd": sql}).get("probe.0002_odd", set())


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE a ADD COLUMN b integer DEFAULT 1 NOT NULL",
        "ALTER TABLE a ADD COLUMN b integer NULL",
        "CREATE TABLE a (b integer); CREATE INDEX i ON a (b)",
        "ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0) NOT VALID",
        "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$",
        "UPDATE a SET b = 1",
    ],
)
def test_the_rules_let_what_is_safe_pass(sql: str) -> None:
    assert broken_rules({"probe.0002_odd": sql}) == {}


def test_an_index_alone_may_be_built_concurrently() -> None:
    sql = {"probe.0002_odd": "CREATE INDEX CONCURRENTLY i ON a (b)"}
    assert broken_rules(sql, alone={"probe.0002_odd"}) == {}
