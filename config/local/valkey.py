"""An embedded Valkey on a unix socket, with an append-only file."""

import signal
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from config.local.binaries import valkey_server
from config.local.folders import DataFolder
from config.local.processes import ProcessId, end, working_in
from config.local.unprivileged import launched

_PROBE_SECONDS = 1.0
_ORPHAN_SECONDS = 5.0


@dataclass(frozen=True)
class ValkeyServer:
    """The Valkey of one data folder. `durable` is False for tests only: it keeps no files."""

    folder: DataFolder
    durable: bool

    name = "valkey"
    stop_signal = signal.SIGTERM
    stop_seconds = 10.0

    @property
    def socket_path(self) -> Path:
        return self.folder.sockets / "valkey.sock"

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.socket_path), safe='/')}?db=0"

    def prepare(self) -> None:
        """Make the folder, or end a server that hangs and remove its stale socket."""
        self.folder.valkey.mkdir(mode=0o700, exist_ok=True)
        end(working_in(self.folder.valkey), grace=_ORPHAN_SECONDS)
        self.socket_path.unlink(missing_ok=True)

    def command(self, *, death_signal: signal.Signals | None) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(self.socket_path),
            "unixsocketperm": "700",
            "dir": str(self.folder.valkey),
            "maxmemory-policy": "noeviction",
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "save": "",  # no snapshots next to the append-only file
            "daemonize": "no",
            "always-show-logo": "no",
            "loglevel": "warning",
        }
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        return launched([str(valkey_server()), *options], death_signal=death_signal)

    def running(self) -> ProcessId | None:
        """The live server: the oldest process in the data folder, a rewrite of the log is newer."""
        found = working_in(self.folder.valkey)
        return min(found, key=lambda process: process.started, default=None)

    def ready(self) -> bool:
        """It answers -LOADING while it reads the append-only file, and +PONG after."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_PROBE_SECONDS)
            try:
                connection.connect(str(self.socket_path))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False
