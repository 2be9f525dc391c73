"""Having a schema for oneself while it is changed, and never making shoppers wait for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from apps.shared.schema import use_schema

# The lock is a transaction's: it dies with its process, and means the same behind a pooler.
_TAKE = "SELECT pg_try_advisory_xact_lock(hashtextextended('fleet ' || %s, 0))"
# What is lost with a server that crashes is the tail of a run, records of it included: the next run
# does it again. Nobody's data waits on the disk for it.
_LIMIT = (
    "SELECT set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true), "
    "set_config('synchronous_commit', 'off', true)"
)
_LIMIT_SESSION = (
    "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false)"
)


class Busy(Exception):
    """Another run works on this schema."""


@dataclass(frozen=True)
class Limits:
    """How long a migration waits for a lock (whoever comes after it waits as long) and how long one
    of its statements may take, both in milliseconds, 0 for no limit; and how often it is tried."""

    lock: int = 500
    statement: int = 60_000
    attempts: int = 6


@contextmanager
def held(schema: str, limits: Limits) -> Iterator[None]:
    """A transaction in the schema that nobody else migrates meanwhile. Raises Busy."""
    with transaction.atomic(), use_schema(schema):
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, [schema])
            if not cursor.fetchone()[0]:
                raise Busy(schema)
            cursor.execute(_LIMIT, [f"{limits.lock}ms", f"{limits.statement}ms"])
        yield


@contextmanager
def held_from_outside(schema: str, limits: Limits) -> Iterator[None]:
    """The same for what must not run in a transaction, on a session that ends with the block:
    another connection holds the lock.

    A transaction that only holds it has no snapshot, so that an index built concurrently does not
    wait for it. Raises Busy.
    """
    keeper = connection.copy()
    try:
        keeper.set_autocommit(False)
        with keeper.cursor() as cursor:
            cursor.execute(_TAKE, [schema])
            if not cursor.fetchone()[0]:
                raise Busy(schema)
        session: Any = connection
        with use_schema(schema), session.session_of_its_own():
            with connection.cursor() as cursor:
                # An index that is built concurrently waits for others' transactions, and nobody
                # for it.
                cursor.execute(_LIMIT_SESSION, ["0", f"{limits.statement}ms"])
            yield
    finally:
        if keeper.connection is not None:
            keeper.rollback()
        keeper.close()
