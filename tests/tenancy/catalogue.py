"""What PostgreSQL's catalogue says of a schema, with the schema's own name taken out."""

import os
import re
import subprocess

from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

from apps.shared.schema import PUBLIC, use_schema

_QUERIES = {
    "columns": """
        SELECT table_name, column_name, data_type, udt_name, is_nullable, column_default,
               character_maximum_length, is_identity, identity_generation, is_generated,
               generation_expression, collation_name
        FROM information_schema.columns WHERE table_schema = %(schema)s""",
    "constraints": """
        SELECT t.relname, c.conname, c.contype, pg_get_constraintdef(c.oid), c.condeferrable
        FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
        WHERE c.connamespace = %(schema)s::regnamespace""",
    "indexes": """
        SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = %(schema)s""",
    "triggers": """
        SELECT t.relname, g.tgname, pg_get_triggerdef(g.oid), g.tgenabled
        FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
        WHERE t.relnamespace = %(schema)s::regnamespace AND NOT g.tgisinternal""",
    "functions": """
        SELECT proname, pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = %(schema)s::regnamespace""",
    "sequences": """
        SELECT sequence_name, data_type, start_value, increment
        FROM information_schema.sequences WHERE sequence_schema = %(schema)s""",
    "views": """
        SELECT viewname, definition FROM pg_views WHERE schemaname = %(schema)s""",
    "storage": """
        SELECT relname, relkind, relpersistence, reloptions, relrowsecurity
        FROM pg_class WHERE relnamespace = %(schema)s::regnamespace""",
}
# PostgreSQL reads `status IN ('a', 'b')` and its own print of it into trees that mean the same and
# print with other casts and brackets.
_CASTS = re.compile(r"::(character varying|text)(\[\])?|[()]")
# Rows that a migration run writes and a shop cannot work without.
_ROWS = {
    "content types": "SELECT app_label, model FROM {}.django_content_type",
    "permissions": """
        SELECT t.app_label, t.model, p.codename, p.name
        FROM {0}.auth_permission p JOIN {0}.django_content_type t ON t.id = p.content_type_id""",
    "migrations": "SELECT app, name FROM {}.django_migrations",
}


def described(schema: str) -> dict[str, list[tuple[str, ...]]]:
    """Everything in a schema, sorted: two schemas are alike when these are equal."""
    quoted = connection.ops.quote_name(schema)
    found = {}
    # From outside both, so that PostgreSQL writes all names with their schema.
    with use_schema(PUBLIC), connection.cursor() as cursor:
        for name, query in _QUERIES.items():
            cursor.execute(query, {"schema": schema})
            found[name] = _normal(cursor.fetchall(), schema)
        for name, query in _ROWS.items():
            cursor.execute(query.format(quoted))
            found[name] = _normal(cursor.fetchall(), schema)
    return found


def _normal(rows: list[tuple[object, ...]], schema: str) -> list[tuple[str, ...]]:
    return sorted(
        tuple(
            _CASTS.sub("", str(one)).replace(f'"{schema}"', "SCHEMA").replace(schema, "SCHEMA")
            for one in row
        )
        for row in rows
    )


def exists(schema: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(quote_ident(%s)) IS NOT NULL", [schema])
        return bool(cursor.fetchone()[0])


def filled_tables(schema: str) -> dict[str, int]:
    """The tables that are not empty, with their number of rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
        counts = {}
        for (table,) in cursor.fetchall():
            quoted = f"{connection.ops.quote_name(schema)}.{connection.ops.quote_name(table)}"
            cursor.execute(f"SELECT count(*) FROM {quoted}")
            counts[table] = cursor.fetchone()[0]
    return {table: count for table, count in counts.items() if count}


def dump(schema: str) -> str:
    """The whole schema with its rows, byte for byte, as pg_dump writes it."""
    database = connection.get_connection_params()
    named = ("host", "port", "user", "dbname")
    conninfo = make_conninfo(**{key: database[key] for key in named if database.get(key)})
    done = subprocess.run(
        [settings.PG_DUMP, f"--schema={schema}", "--inserts", f"--dbname={conninfo}"],
        env={**os.environ, "PGPASSWORD": str(database.get("password") or "")},
        capture_output=True,
        text=True,
        check=True,
    )
    # psql's \restrict carries a random word.
    return "\n".join(line for line in done.stdout.splitlines() if not line.startswith("\\"))
