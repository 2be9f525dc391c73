"""What a schema has, said in one short text.

A fingerprint is the SHA-256 over the names of migrations. A schema bears that of the code which
last brought it up to date as its comment, written with the last migration; the tenant's row has a
copy, which web processes read together with the tenant.
"""

import hashlib
import importlib.util
import pkgutil
from collections.abc import Iterable
from functools import cache

from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader


def fingerprint_of(migrations: Iterable[str]) -> str:
    """Of names, each `app.name`, in any order."""
    return hashlib.sha256("\n".join(sorted(migrations)).encode()).hexdigest()


@cache
def code_migrations() -> frozenset[str]:
    """The names (`app.name`) of all migrations that this code has. None of them is imported."""
    return frozenset(
        f"{config.label}.{name}"
        for config in apps.get_app_configs()
        for name in _modules_of(config.label)
    )


@cache
def code_fingerprint() -> str:
    """The fingerprint of all migrations that this code has."""
    return fingerprint_of(code_migrations())


def _modules_of(app_label: str) -> list[str]:
    package, _ = MigrationLoader.migrations_module(app_label)
    if not package or importlib.util.find_spec(package) is None:
        return []
    # Imported, as Django does: a package may add to the folders that its modules lie in.
    places = getattr(importlib.import_module(package), "__path__", [])
    return [
        one.name
        for one in pkgutil.iter_modules(places)
        if not one.ispkg and one.name[0] not in "_~"
    ]


def schema_fingerprint(schema: str) -> str | None:
    """The fingerprint that `schema` was last migrated to; None when it has none or is absent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT obj_description(to_regnamespace(quote_ident(%s)), 'pg_namespace')", [schema]
        )
        return cursor.fetchone()[0]  # type: ignore[no-any-return]


def note_fingerprint(schema: str, fingerprint: str) -> None:
    """Say on the schema, and on its tenant's row if it has one, what it was brought to."""
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON SCHEMA {connection.ops.quote_name(schema)} IS '{fingerprint}'")
        cursor.execute(
            "UPDATE public.tenants_tenant SET fingerprint = %s WHERE schema_name = %s",
            [fingerprint, schema],
        )
