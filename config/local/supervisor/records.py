"""Remembers the processes of a run on disk, so that the next run can clear away what is left."""

import json
import os
import signal
from pathlib import Path

from config.local.folders import PROJECT, DataFolder
from config.local.processes import ProcessId, end, identify, in_session

_GRACE_SECONDS = 5.0


def remember(folder: DataFolder, processes: dict[str, ProcessId]) -> None:
    """Replace what was remembered: the leaders of the sessions that run now, by service name."""
    content = {
        "boot": _boot_id(),
        "processes": {name: [leader.pid, leader.started] for name, leader in processes.items()},
    }
    unfinished = _file(folder).with_suffix(".unfinished")
    unfinished.write_text(json.dumps(content))
    unfinished.replace(_file(folder))


def end_leftovers(folder: DataFolder) -> list[str]:
    """End what a killed supervisor left behind; return the names of the services that lived.

    Never touches a process that only has a recycled pid: a leader is known by its start time, its
    orphans by their session and by the folder that they work in.
    """
    try:
        content = json.loads(_file(folder).read_text())
    except FileNotFoundError:
        return []
    found = []
    if content["boot"] == _boot_id():
        for name, (pid, started) in content["processes"].items():
            living = _living(ProcessId(pid, started))
            if living:
                found.append(name)
                end(living, number=signal.SIGTERM, grace=_GRACE_SECONDS)
    _file(folder).unlink()
    return found


def forget(folder: DataFolder) -> None:
    _file(folder).unlink(missing_ok=True)


def _living(leader: ProcessId) -> list[ProcessId]:
    members = in_session(leader)
    if identify(leader.pid) == leader:
        return members
    return [process for process in members if _working_folder(process) == PROJECT]


def _working_folder(process: ProcessId) -> Path | None:
    try:
        return Path(os.readlink(f"/proc/{process.pid}/cwd"))
    except OSError:
        return None


def _file(folder: DataFolder) -> Path:
    return folder.state / "processes.json"


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
