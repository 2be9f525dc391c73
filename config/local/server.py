"""Starts and stops one embedded server as a background process of this machine.

`up` supervises the same servers itself, see config.local.supervisor.
"""

import signal
import subprocess
import time
from pathlib import Path
from typing import Protocol

from config.local.errors import LocalError
from config.local.processes import ProcessId, end, identify

_READY_SECONDS = 60.0
_POLL_SECONDS = 0.02
_TOLD_LINES = 15

# Started by this process and kept so that they can be reaped; most outlive it.
_children: list[subprocess.Popen[bytes]] = []


class Server(Protocol):
    """What PostgreSQL and Valkey have in common."""

    name: str
    stop_signal: signal.Signals
    stop_seconds: float

    def prepare(self) -> None:
        """Make its files if they are missing and clear away what a killed server left.

        Raises LocalError when that is not possible.
        """

    def command(self, *, death_signal: signal.Signals | None) -> list[str]:
        """The command line; see `unprivileged.launched` for `death_signal`."""

    def running(self) -> ProcessId | None:
        """The live server on this data, whoever started it."""

    def ready(self) -> bool:
        """Whether it answers."""


def start(server: Server, *, log: Path, dies_with_us: bool) -> bool:
    """Start `server` in the background and wait until it answers.

    Returns whether it was started here: False means that it ran already. With `dies_with_us` it
    stops by itself when this process ends in whatever way.

    Raises LocalError with the server's last words when it does not start.
    """
    if server.running() and server.ready():
        return False
    stop(server)
    server.prepare()
    command = server.command(death_signal=server.stop_signal if dies_with_us else None)
    # A file, not a pipe: the server keeps it open for as long as it lives.
    with log.open("ab") as output:
        begin = output.tell()
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd="/",
        )
    _children.append(child)
    try:
        _wait_until_ready(server, child)
    except LocalError as error:
        last = log.read_bytes()[begin:].decode(errors="replace").splitlines()[-_TOLD_LINES:]
        raise LocalError("\n".join([str(error), *last])) from None
    return True


def stop(server: Server) -> None:
    """Stop the server if it runs, gently first."""
    if process := server.running():
        end([process], number=server.stop_signal, grace=server.stop_seconds)
    _children[:] = [child for child in _children if child.poll() is None]


def _wait_until_ready(server: Server, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not server.ready():
        if child.poll() is not None:
            raise LocalError(f"{server.name} did not start (exit code {child.returncode}):")
        if time.monotonic() > deadline:
            if process := identify(child.pid):
                end([process], number=signal.SIGKILL, grace=1)
            raise LocalError(f"{server.name} does not answer after {_READY_SECONDS:.0f} seconds:")
        time.sleep(_POLL_SECONDS)
