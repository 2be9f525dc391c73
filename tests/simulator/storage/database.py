"""The SQLite file and its one connection."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.simulator.storage.schema import TABLES, VERSION

FILE_NAME = "simulator.sqlite3"


class Database:
    """One connection, one writer at a time.

    Journal mode WAL with ``synchronous=OFF``: what was committed survives a kill -9 of the process,
    and nothing waits for the disk. Only a crash of the whole machine could lose play money.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = _open(folder / FILE_NAME)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection inside a transaction: committed at the end, undone by an error."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            yield self._connection

    def close(self) -> None:
        with self._lock:
            self._connection.close()


def _open(file: Path) -> sqlite3.Connection:
    connection = _connect(file)
    if connection.execute("PRAGMA user_version").fetchone()[0] == VERSION:
        return connection
    # Made by another version, or new: play money of an old schema is not worth a migration.
    connection.close()
    for leftover in (file, file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")):
        leftover.unlink(missing_ok=True)
    connection = _connect(file)
    connection.executescript(f"BEGIN;{TABLES}PRAGMA user_version = {VERSION};COMMIT;")
    return connection


def _connect(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        file, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA busy_timeout = 10000")
    return connection
