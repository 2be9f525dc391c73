"""What `pg_dump` and connections of a backup's own need to reach Django's database."""

import os
import subprocess
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from tenants.backup.errors import BackupNotMade

# How a value is written as text must not depend on who reads it: rows are compared by their text.
WRITING: dict[str, str] = {
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
}
_PASSWORD = "password"  # noqa: S105 - the name of a setting


def connect() -> "psycopg.Connection[tuple[Any, ...]]":
    """A connection beside Django's, in autocommit mode. Raises psycopg.OperationalError."""
    return psycopg.connect(make_conninfo(**_parameters()), autocommit=True)


def dump_schema(schema: str, *, section: str, snapshot: str) -> str:
    """A schema's structure as pg_dump writes it: `pre-data` or `post-data`.

    Raises BackupNotMade.
    """
    parameters = _parameters()
    environment = {**os.environ, "PGPASSWORD": parameters.pop(_PASSWORD, "")}
    command = [
        settings.PG_DUMP,
        f"--schema={schema}",
        f"--section={section}",
        f"--snapshot={snapshot}",
        "--no-owner",
        "--no-privileges",
        "--lock-wait-timeout=15s",
        f"--dbname={make_conninfo(**parameters)}",
    ]
    done = subprocess.run(  # noqa: S603 - our own arguments, no shell
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupNotMade(f"pg_dump failed: {done.stderr.strip()}")
    return done.stdout


def _parameters() -> dict[str, str]:
    """Of Django's connection, those that libpq knows."""
    known = {one.keyword.decode() for one in Conninfo.get_defaults()}
    given = connection.direct_parameters()  # type: ignore[attr-defined]
    return {name: str(value) for name, value in given.items() if name in known and value}
