"""The embedded servers of one data folder, and what the environment must say to use them.

`manage.py services up|down|env|status [--test]` starts them alone, for work without `up`.
"""

import argparse
import os
import shlex
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from config.local import folders, locks
from config.local.errors import LocalError
from config.local.folders import DataFolder
from config.local.postgres import DATABASE, USER, PostgresServer
from config.local.server import Server, start, stop
from config.local.valkey import ValkeyServer


@dataclass(frozen=True)
class Services:
    """PostgreSQL and Valkey of one folder; `durable` is False for tests only."""

    folder: DataFolder
    durable: bool

    @property
    def postgres(self) -> PostgresServer:
        return PostgresServer(self.folder, self.durable)

    @property
    def valkey(self) -> ValkeyServer:
        return ValkeyServer(self.folder, self.durable)

    @property
    def lock(self) -> Path:
        return self.folder.state / "services.lock"

    def needed(self, environment: Mapping[str, str]) -> list[Server]:
        """The servers that `environment` does not name already."""
        wanted: list[Server] = []
        if not environment.get("REDIS_URL"):
            wanted.append(self.valkey)
        if not environment.get("DATABASE_URL"):
            wanted.append(self.postgres)
        return wanted

    def start(self, servers: list[Server], *, dies_with_us: bool) -> None:
        """Start `servers` at the same time and wait until all answer.

        Raises LocalError when one does not start.
        """
        self.folder.create()
        with locks.exclusive(self.lock, wait=True):
            if (
                dies_with_us
            ):  # the kernel ties a child to the thread that made it: this one
                for server in servers:
                    start(server, log=self._log(server), dies_with_us=True)
                return
            with ThreadPoolExecutor() as pool:
                list(
                    pool.map(
                        lambda one: start(one, log=self._log(one), dies_with_us=False),
                        servers,
                    )
                )

    def stop(self) -> None:
        """Stop what runs: Valkey first, then PostgreSQL."""
        if not self.folder.state.exists():
            return
        with locks.exclusive(self.lock, wait=True):
            for server in (self.valkey, self.postgres):
                stop(server)

    def running(self) -> bool:
        """Whether either server runs."""
        return any(server.running() for server in (self.valkey, self.postgres))

    def environment(self) -> dict[str, str]:
        """What the settings read: where the servers are and where files go."""
        return {
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.valkey.url,
            "MEDIA_ROOT": str(self.folder.root / "media" / "public"),
            "PRIVATE_MEDIA_ROOT": str(self.folder.root / "media" / "private"),
        }

    def _log(self, server: Server) -> Path:
        return self.folder.logs / f"{server.name}.log"


def services_for(*, test: bool) -> Services:
    """The project's own servers: `.data/test` without fsync, or `.data/dev`."""
    return Services(DataFolder(folders.TEST if test else folders.DEV), durable=not test)


def run(arguments: list[str]) -> int:
    """`manage.py services …`. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="manage.py services",
        description="Run only the embedded PostgreSQL and Valkey, for work without `up`.",
        epilog='eval "$(python3 manage.py services env --test)" makes pytest usable directly.',
    )
    parser.add_argument("action", choices=("up", "down", "env", "status"))
    parser.add_argument(
        "--test", action="store_true", help="those of the tests (.data/test)"
    )
    options = parser.parse_args(arguments)
    services = services_for(test=options.test)
    if options.action == "up":
        services.start([services.valkey, services.postgres], dies_with_us=False)
    elif options.action == "down":
        _refuse_while_up_runs(services.folder)
        services.stop()
    if options.action in ("up", "env"):
        print("\n".join(_exports(services, test=options.test)))
        return 0
    return _print_status(services)


def _refuse_while_up_runs(folder: DataFolder) -> None:
    if pid := locks.holder(folder.state / "up.lock"):
        raise LocalError(
            f"`manage.py up` (pid {pid}) is using them: stop it with Ctrl-C first"
        )


def _exports(services: Services, *, test: bool) -> list[str]:
    """Shell lines; the PG… ones let psql and pg_dump connect without arguments."""
    values = services.environment() | {
        "DJANGO_SETTINGS_MODULE": "config.settings.test"
        if test
        else "config.settings.dev",
        "PGHOST": str(services.folder.sockets),
        "PGUSER": USER,
        "PGDATABASE": DATABASE,
    }
    return [f"export {name}={shlex.quote(value)}" for name, value in values.items()]


def _print_status(services: Services) -> int:
    """One line per server; the exit code is 0 whatever it says, unlike a health check's."""
    for server in (services.postgres, services.valkey):
        process = server.running()
        where = os.path.relpath(services.folder.root)
        state = f"running (pid {process.pid})" if process else "not running"
        print(f"{server.name:9} {state}  {where}")
    return 0
