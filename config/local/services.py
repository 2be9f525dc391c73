"""The embedded servers of one data folder, and what the environment must say to use them."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from config.local import binaries, locks
from config.local.folders import DataFolder
from config.local.postgres import PostgresServer
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
            if dies_with_us:  # the kernel ties a child to the thread that made it: this one
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
            "PG_DUMP": str(binaries.postgres_bin() / "pg_dump"),
            "DATA_DIR": str(self.folder.root),
            "MEDIA_ROOT": str(self.folder.root / "media"),
            "PRIVATE_MEDIA_ROOT": str(self.folder.root / "private"),
        }

    def _log(self, server: Server) -> Path:
        return self.folder.logs / f"{server.name}.log"
