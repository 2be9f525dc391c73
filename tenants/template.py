"""The template schema: migrated once, replayed as a script for each new shop.

A replay costs the same whatever the number of shops, and a migration run does not (08-runtime).
"""

import os
import re
import subprocess
from typing import Any

from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

from apps.shared.db import joins_transaction, outside_transaction, owns_transaction
from apps.shared.schema import PUBLIC, use_schema
from tenants.fingerprints import code_fingerprint, code_migrations, note_fingerprint
from tenants.models import TemplateScript
from tenants.versions import serves

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


# Whoever makes a shop holds it shared until the shop is committed; a new script waits for them.
_SCRIPTS = "hashtextextended('template scripts', 0)"


@outside_transaction
def publish_template(*, silent_from: str = "") -> None:
    """Keep the template's dump as the script for this code's fingerprint, unless there is one.

    Shops that were made from older scripts are committed by then, and later ones are made from this
    one or a newer one: whoever lists the shops afterwards misses none that lags. `silent_from` is
    kept with it.
    """
    with use_schema(PUBLIC):
        if not TemplateScript.objects.filter(fingerprint=code_fingerprint()).exists():
            _store_script(script=_dump_template(), silent_from=silent_from)


@owns_transaction
def _store_script(*, script: str, silent_from: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({_SCRIPTS})")
    TemplateScript.objects.update_or_create(
        fingerprint=code_fingerprint(),
        defaults={
            "script": script,
            "migrations": "\n".join(sorted(code_migrations())),
            "silent_from": silent_from,
        },
    )


def silent_from() -> str:
    """The fingerprint from which on nothing followed the template's migrations, as was kept."""
    with use_schema(PUBLIC):
        kept = TemplateScript.objects.filter(fingerprint=code_fingerprint())
        return kept.values_list("silent_from", flat=True).first() or ""


def _dump_template() -> str:
    """The template as SQL, every name qualified, one schema deep."""
    database = connection.direct_parameters()  # type: ignore[attr-defined]
    environment = {**os.environ, "PGPASSWORD": str(database.get("password") or "")}
    command = [
        settings.PG_DUMP,
        f"--schema={TEMPLATE_SCHEMA}",
        "--inserts",
        "--rows-per-insert=500",
        "--no-owner",
        "--no-privileges",
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
    known = ("host", "port", "user", "dbname")
    return make_conninfo(**{key: str(database[key]) for key in known if database.get(key)})


@joins_transaction
def replay_template(schema: str) -> None:
    """Make `schema` a copy of the template, in the caller's transaction.

    Of the newest version that this code can work with: while shops are migrated, those that the old
    version makes have the new schema already.

    Raises LookupError when no script fits this code: `manage.py setup_platform` makes it.
    """
    if not _PLAIN_NAME.fullmatch(schema):
        raise ValueError(f"{schema!r} would need quotes, which a replay does not add")
    with use_schema(PUBLIC):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_xact_lock_shared({_SCRIPTS})")
        stored = _newest_script()
        script = stored.script.replace(TEMPLATE_SCHEMA, schema)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL check_function_bodies = off")
            # Without parameters psycopg sends the script as it is, all statements in one message.
            cursor.execute(script)
        note_fingerprint(schema, stored.fingerprint)


def _newest_script() -> TemplateScript:
    known = TemplateScript.objects.order_by("-created_at").values_list("fingerprint", flat=True)
    fitting = next((one for one in known if serves(one)), None)
    if fitting is None:
        raise LookupError("no template for this version: run `manage.py setup_platform`")
    return TemplateScript.objects.get(fingerprint=fitting)
