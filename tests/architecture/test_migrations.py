"""Migrations say what the models say."""

from io import StringIO

from django.apps import apps
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader


def test_no_migration_is_missing(db):
    told = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=told)
    except SystemExit:
        raise AssertionError(told.getvalue()) from None


def test_each_app_has_one_line_of_migrations(db):
    """Two people who each add a 0003 must agree before they meet."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    ours = [one.label for one in apps.get_app_configs() if not one.name.startswith("django")]
    leaves = {label: loader.graph.leaf_nodes(label) for label in ours}
    assert {label: found for label, found in leaves.items() if len(found) > 1} == {}
