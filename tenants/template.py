"""The template schema: migrated once, replayed as a script for each new shop.

A replay costs the same whatever the number of shops, and a migration run does not (08-runtime).
The fingerprint of the migrations a schema has is kept as the schema's comment, so that an
up-to-date one is recognised with one look.
"""

import hashlib
import os
import re
import subprocess
from functools import cache
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from apps.shared.db import joins_transaction, outside_transaction, owns_transaction
from apps.shared.schema import PUBLIC, use_schema
from tenants.models import TemplateScript

TEMPLATE_SCHEMA = "galleria_template"
# pg_dump's session settings and psql commands have no place in a script that runs in our own
# transaction. Exactly these: lines of a function's body may begin with SET too.
_SESSION_LINE = re.compile(
    r"SET (statement_timeout|lock_timeout|idle_in_transaction_session_timeout|transaction_timeout"
    r"|client_encoding|standard_conforming_strings|check_function_bodies|xmloption"
    r"|client_min_messages|row_security|default_tablespace|default_table_access_method) = .*;"
    r"|SELECT pg_catalog\.set_config\('search_path', '', false\);"
    r"|\\(un)?restrict \w+"
)
_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@cache
def code_fingerprint() -> str:
    """SHA-256 over the names of all migrations that this code has."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    names = sorted(f"{app}.{name}" for app, name in loader.disk_migrations)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def schema_fingerprint(schema: str) -> str | None:
    """The fingerprint that `schema` was last migrated to; None when it has none or is absent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT obj_description(to_regnamespace(quote_ident(%s)), 'pg_namespace')", [schema]
        )
        return cursor.fetchone()[0]  # type: ignore[no-any-return]


@outside_transaction
def migrate_schema(schema: str, *, fingerprint: str) -> bool:
    """Bring one schema (made if absent) to `fingerprint`. False when there was nothing to do."""
    with use_schema(PUBLIC):
        if schema_fingerprint(schema) == fingerprint:
            return False
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {connection.ops.quote_name(schema)}")
    call_command("migrate_schemas", schema_name=schema, interactive=False, verbosity=0)
    with use_schema(PUBLIC):
        _note_fingerprint(schema, fingerprint)
    return True


def _note_fingerprint(schema: str, fingerprint: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON SCHEMA {connection.ops.quote_name(schema)} IS '{fingerprint}'")


@outside_transaction
def prepare_template_script() -> None:
    """Migrate the template schema and keep its dump as the script for this code's fingerprint."""
    fingerprint = code_fingerprint()
    migrate_schema(TEMPLATE_SCHEMA, fingerprint=fingerprint)
    with use_schema(PUBLIC):
        if not TemplateScript.objects.filter(fingerprint=fingerprint).exists():
            _store_script(fingerprint=fingerprint, script=_dump_template())


@owns_transaction
def _store_script(*, fingerprint: str, script: str) -> None:
    TemplateScript.objects.update_or_create(fingerprint=fingerprint, defaults={"script": script})


def _dump_template() -> str:
    """The template as SQL, every name qualified, one schema deep."""
    database = connection.get_connection_params()
    environment = {**os.environ, "PGPASSWORD": str(database.get("password") or "")}
    command = [
        settings.PG_DUMP,
        f"--schema={TEMPLATE_SCHEMA}",
        "--inserts",
        "--rows-per-insert=500",
        "--no-owner",
        "--no-privileges",
        "--no-comments",
        f"--dbname={_conninfo(database)}",
    ]
    done = subprocess.run(  # noqa: S603 - our own arguments, no shell
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"pg_dump failed: {done.stderr.strip()}")
    return replayable(done.stdout)


def replayable(dump: str) -> str:
    """A dump without what sets up psql's session."""
    return "\n".join(line for line in dump.split("\n") if not _SESSION_LINE.fullmatch(line))


def _conninfo(database: dict[str, Any]) -> str:
    from psycopg.conninfo import make_conninfo

    known = ("host", "port", "user", "dbname")
    return make_conninfo(**{key: str(database[key]) for key in known if database.get(key)})


@joins_transaction
def replay_template(schema: str) -> None:
    """Make `schema` a copy of the template, in the caller's transaction.

    Raises LookupError when no script fits this code: `manage.py setup_platform` makes it.
    """
    fingerprint = code_fingerprint()
    with use_schema(PUBLIC):
        stored = TemplateScript.objects.filter(fingerprint=fingerprint).first()
        if stored is None:
            raise LookupError("no template for this version: run `manage.py setup_platform`")
        if not _PLAIN_NAME.fullmatch(schema):
            raise ValueError(f"{schema!r} would need quotes, which a replay does not add")
        script = stored.script.replace(TEMPLATE_SCHEMA, schema)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL check_function_bodies = off")
            # Without parameters psycopg sends the script as it is, all statements in one message.
            cursor.execute(script)
        _note_fingerprint(schema, fingerprint)
