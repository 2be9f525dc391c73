"""Looks at processes and ends them, without ever mistaking a recycled pid for an old acquaintance.

Linux's /proc is the source. A process is known by its pid and its start time together.
"""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_POLL_SECONDS = 0.02


@dataclass(frozen=True)
class ProcessId:
    """One process, for good: the kernel may give the pid to another one, never with this start."""

    pid: int
    started: int  # clock ticks since boot, field 22 of /proc/PID/stat

    @property
    def alive(self) -> bool:
        """Whether it runs. A zombie (killed, not yet reaped by its parent) does not."""
        return identify(self.pid) == self


def identify(pid: int) -> ProcessId | None:
    """The running process that has this pid now; None when there is none or it is a zombie."""
    stat = _stat_fields(pid)
    if stat is None or stat[0] in ("Z", "X"):
        return None
    return ProcessId(pid, int(stat[19]))


def in_session(leader: ProcessId) -> list[ProcessId]:
    """All living processes of the session that `leader` opened, `leader` included if it lives.

    Empty when the leader's pid has passed to another process. Once the leader is dead its pid
    cannot be given away while members live; members older than the leader would prove otherwise.
    """
    current = identify(leader.pid)
    if current is not None and current != leader:
        return []
    members = []
    for pid in _pids():
        stat = _stat_fields(pid)
        if stat is None or stat[0] in ("Z", "X") or int(stat[3]) != leader.pid:
            continue
        if int(stat[19]) >= leader.started:
            members.append(ProcessId(pid, int(stat[19])))
    return members


def working_in(folder: Path) -> list[ProcessId]:
    """All living processes whose working folder is `folder`, e.g. a PostgreSQL server's."""
    wanted = os.path.realpath(folder)
    found = []
    for pid in _pids():
        try:
            if os.readlink(f"/proc/{pid}/cwd") != wanted:
                continue
        except OSError:
            continue  # gone meanwhile, or somebody else's
        if process := identify(pid):
            found.append(process)
    return found


def send(process: ProcessId, number: signal.Signals) -> None:
    """Signal `process` if it is still alive."""
    if not process.alive:
        return
    try:
        os.kill(process.pid, number)
    except ProcessLookupError:
        return


def wait_until_gone(processes: list[ProcessId], *, seconds: float) -> list[ProcessId]:
    """Wait for all to end; return those that still live after `seconds`."""
    deadline = time.monotonic() + seconds
    while living := [process for process in processes if process.alive]:
        if time.monotonic() > deadline:
            return living
        time.sleep(_POLL_SECONDS)
    return []


def end(
    processes: list[ProcessId], *, number: signal.Signals = signal.SIGTERM, grace: float
) -> None:
    """Ask all to stop with signal `number`, and kill those that live after `grace` seconds."""
    for process in processes:
        send(process, number)
    stubborn = wait_until_gone(processes, seconds=grace)
    for process in stubborn:
        send(process, signal.SIGKILL)
    wait_until_gone(stubborn, seconds=5)


def _pids() -> Iterator[int]:
    for name in os.listdir("/proc"):
        if name.isdigit():
            yield int(name)


def _stat_fields(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat from the third (state) on; the name before them may hold spaces."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    return text[text.rindex(")") + 2 :].split()
