"""One migrated template database per run, copied for each worker."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql

TEMPLATE = "galleria_test_template"


def create_for_worker(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Make this worker's database and point Django at it; returns its name."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    shared = tmp_path_factory.getbasetemp()
    if worker != "main":
        shared = shared.parent
    with (shared / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        built = shared / "template.built"
        if not built.exists():
            _build_template()
            built.touch()
        name = f"galleria_test_{worker}"
        _copy(TEMPLATE, name)
    _point_django_at(name)
    return name


def copy_of_template(name: str) -> None:
    """Another copy, for tests that start real processes. Drop it with `drop`."""
    _copy(TEMPLATE, name)


def copy(source: str, name: str) -> None:
    """A copy of a database that nobody is connected to."""
    _copy(source, name)


def create_empty(name: str) -> None:
    """A database without anything."""
    _maintain("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    _maintain("CREATE DATABASE {}", name)


@contextmanager
def use_database(name: str) -> Iterator[None]:
    """Point Django at another database of the test server for the block."""
    before = connection.settings_dict["NAME"]
    _point_django_at(name)
    try:
        yield
    finally:
        _point_django_at(before)


def drop(name: str) -> None:
    """Close this process's connections and remove a database."""
    _close()
    _maintain("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def url_of(name: str) -> str:
    """The connection URI of a database on the test server."""
    return psycopg.conninfo.make_conninfo(**{**server(), "dbname": name})


def _build_template() -> None:
    from django.core.management import call_command

    from tests.support.shops import make_shop

    _maintain("DROP DATABASE IF EXISTS {} WITH (FORCE)", TEMPLATE)
    _maintain("CREATE DATABASE {}", TEMPLATE)
    _point_django_at(TEMPLATE)
    call_command("setup_platform", verbosity=0)
    for slug in ("test-a", "test-b"):
        make_shop(slug=slug)
    _close()


def _copy(source: str, name: str) -> None:
    _maintain("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    with _maintenance() as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(source)
            )
        )


def _point_django_at(name: str) -> None:
    _close()
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


def _close() -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]


def _maintain(statement: str, name: str) -> None:
    with _maintenance() as server:
        server.execute(sql.SQL(statement).format(sql.Identifier(name)))  # type: ignore[arg-type]


def server() -> dict[str, str]:
    """What libpq must be told to reach the test server."""
    database = settings.DATABASES["default"]
    named = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    return {key: database[name] for key, name in named.items() if database[name]}


def _maintenance() -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(**{**server(), "dbname": "postgres"}, autocommit=True)  # type: ignore[arg-type]
