"""Debian's PgBouncer before the test server: transactions of all clients share few sessions."""

import re
import signal
import socket
import subprocess
from pathlib import Path

import psycopg
from django.conf import settings

from config.local.folders import DataFolder
from config.local.supervisor.child import Program
from config.local.supervisor.ports import LOOPBACK
from config.local.unprivileged import identity_for, launched
from tests.support import databases, debian
from tests.support.platform import free_port
from tests.support.processes import ManagedProcess
from tests.support.waiting import eventually

# From this version on it knows which statements a session has prepared.
_TRACKS_PREPARED = (1, 21)

_CONFIGURATION = """
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = {loopback}
listen_port = {listen}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 200
query_wait_timeout = 60
{more}
"""


class Pooler:
    """One PgBouncer in transaction mode, whose databases have `size` sessions each."""

    def __init__(self, folder: Path, *, size: int) -> None:
        self._program = debian.program("pgbouncer", package="pgbouncer")
        self._port = free_port()
        self._users = folder / "users.txt"
        self._configuration = folder / "pgbouncer.ini"
        self._write(size)
        data = DataFolder(Path(settings.DATA_DIR))
        self._process = ManagedProcess(
            Program(
                name="pgbouncer",
                command=lambda: launched(
                    [self._program.path, str(self._configuration)],
                    identity=identity_for(data),
                    death_signal=signal.SIGKILL,
                ),
                environment=self._program.environment,
                folder=folder,
            ),
            folder / "pgbouncer.log",
        )

    @property
    def keeps_prepared(self) -> bool:
        """Whether statements may be prepared behind this version."""
        return self.version >= _TRACKS_PREPARED

    @property
    def version(self) -> tuple[int, ...]:
        told = subprocess.run(
            [self._program.path, "--version"],
            env=self._program.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        found = re.search(r"PgBouncer (\d+)\.(\d+)", told.stdout)
        assert found, told.stdout
        return int(found[1]), int(found[2])

    def start(self) -> None:
        self._process.start()
        eventually(self._answers, seconds=20, what="pgbouncer answers")

    def stop(self) -> None:
        self._process.kill()

    def url_of(self, database: str) -> str:
        """How to reach a database of the test server through it."""
        named = {**databases.server(), "host": LOOPBACK, "port": str(self._port)}
        return psycopg.conninfo.make_conninfo(**{**named, "dbname": database})

    def environment(self, database: str) -> dict[str, str]:
        """What a deployment behind it sets."""
        return {
            "DATABASE_URL": self.url_of(database),
            "DATABASE_DIRECT_URL": databases.url_of(database),
            "DATABASE_PREPARED_STATEMENTS": str(self.keeps_prepared).lower(),
        }

    def _write(self, size: int) -> None:
        server = databases.server()
        self._users.write_text(f'"{server.get("user", "postgres")}" ""\n')
        self._configuration.write_text(
            _CONFIGURATION.format(
                host=server.get("host", LOOPBACK),
                port=server.get("port", "5432"),
                loopback=LOOPBACK,
                listen=self._port,
                users=self._users,
                size=size,
                more="max_prepared_statements = 1000" if self.keeps_prepared else "",
            )
        )

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((LOOPBACK, self._port)) == 0
