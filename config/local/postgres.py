"""An embedded PostgreSQL on a unix socket: the folder's mode is its access control."""

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from config.local.binaries import postgres_bin
from config.local.errors import LocalError
from config.local.folders import DataFolder
from config.local.processes import ProcessId, end, identify, working_in
from config.local.unprivileged import identity_for, launched

USER = "galleria"
DATABASE = "galleria"
_PORT = 5432  # names the socket file only; the server does not listen on TCP
_FIRST_BUILTIN_LOCALE = 17
_ORPHAN_SECONDS = 5.0


@dataclass(frozen=True)
class PostgresServer:
    """The PostgreSQL of one data folder. `durable` is False for tests only: it skips fsync."""

    folder: DataFolder
    durable: bool

    name = "postgres"
    stop_signal = signal.SIGINT  # PostgreSQL's fast shutdown: ends sessions, then a checkpoint
    stop_seconds = 15.0

    @property
    def url(self) -> str:
        """The libpq URI of the `galleria` database."""
        host = quote(str(self.folder.sockets), safe="/")
        return f"postgresql://{USER}@/{DATABASE}?host={host}"

    def prepare(self) -> None:
        """Make the cluster with its database, or clear what a killed server left in it.

        Raises LocalError when the data belongs to another user or initdb fails.
        """
        identity_for(self.folder)
        if (self.folder.postgres / "PG_VERSION").exists():
            self._require_same_version()
            self._clear_leftovers()
        else:
            self._create_cluster()

    def command(self, *, death_signal: signal.Signals | None) -> list[str]:
        program = str(postgres_bin() / "postgres")
        options = [f"-c{name}={value}" for name, value in self._settings().items()]
        return launched(
            [program, "-D", str(self.folder.postgres), *options],
            identity=identity_for(self.folder),
            death_signal=death_signal,
        )

    def running(self) -> ProcessId | None:
        """The live postmaster; a zombie or another process with its recycled pid is none."""
        pid = self._recorded_pid(self._pid_file)
        process = identify(pid) if pid else None
        return process if process in working_in(self.folder.postgres) else None

    def ready(self) -> bool:
        """As pg_ctl sees it: line 8 of postmaster.pid says so."""
        try:
            lines = self._pid_file.read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready" and self.running() is not None

    @property
    def _pid_file(self) -> Path:
        return self.folder.postgres / "postmaster.pid"

    @property
    def _socket_lock(self) -> Path:
        return self.folder.sockets / f".s.PGSQL.{_PORT}.lock"

    def _settings(self) -> dict[str, str]:
        quoted = str(self.folder.sockets).replace('"', '""')
        settings = {
            "listen_addresses": "",
            "port": str(_PORT),
            "unix_socket_directories": f'"{quoted}"',
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "max_locks_per_transaction": "1024",  # a schema per tenant: one dump locks them all
            # After a crash the disk is told once to write what it holds, instead of each file of
            # each shop being opened for it: seconds instead of minutes (docs/reliability.md).
            "recovery_init_sync_method": "syncfs",
            "shared_preload_libraries": "pg_stat_statements",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_checkpoints": "off",
            "log_line_prefix": "%q[%d] ",
        }
        if not self.durable:
            off = ("fsync", "full_page_writes", "synchronous_commit")
            settings |= dict.fromkeys(off, "off")
        return settings

    def _create_cluster(self) -> None:
        """Under another name first: a cluster that was killed while it was made is made again."""
        unfinished = self.folder.root / "postgres.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        locale = ["--locale=C.UTF-8"]
        if _version_of_programs() >= _FIRST_BUILTIN_LOCALE:
            # Sorts and folds the same on every machine, whatever its C library.
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        # Unsynced: an empty cluster that a power cut spoils is made again by `up --reset`.
        account = ["-U", USER, "--auth=trust", "--encoding=UTF8", "--no-sync"]
        self._run("initdb", "-D", str(unfinished), *account, *locale)
        single = ["--single", "-D", str(unfinished), "-cfsync=off", "postgres"]
        self._run("postgres", *single, statement=f"CREATE DATABASE {DATABASE}")
        unfinished.rename(self.folder.postgres)

    def _run(self, tool: str, *arguments: str, statement: str = "") -> None:
        command = [str(postgres_bin() / tool), *arguments]
        result = subprocess.run(
            launched(command, identity=identity_for(self.folder)),
            check=False,
            input=statement,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            env={**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        )
        if result.returncode != 0:
            raise LocalError(f"{tool} failed:\n{result.stdout[-3000:]}")

    def _require_same_version(self) -> None:
        data = int((self.folder.postgres / "PG_VERSION").read_text())
        if data != _version_of_programs():
            raise LocalError(
                f"{self.folder.postgres} was made by PostgreSQL {data} and this is "
                f"{_version_of_programs()}: dump the data with the old one, or start over "
                "with `up --reset`"
            )

    def _clear_leftovers(self) -> None:
        """End backends that outlived a killed server, and drop lock files that lie.

        PostgreSQL takes a zombie, and any process with a recycled pid, for a live server. Removing
        the files is safe only because no process at all works in the data folder any more.
        """
        end(
            working_in(self.folder.postgres),
            number=signal.SIGQUIT,
            grace=_ORPHAN_SECONDS,
        )
        self._pid_file.unlink(missing_ok=True)
        self._socket_lock.unlink(missing_ok=True)

    @staticmethod
    def _recorded_pid(file: Path) -> int | None:
        try:
            return int(file.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None


def _version_of_programs() -> int:
    """Major version, e.g. 18, from `postgres (PostgreSQL) 18.6`."""
    program = str(postgres_bin() / "postgres")
    output = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return int(output.stdout.split()[2].split(".")[0])
