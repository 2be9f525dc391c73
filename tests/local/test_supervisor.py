"""The supervisor with small programs of its own: what dies, what stays, what is left behind."""

import asyncio
import io
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from config.local.errors import LocalError
from config.local.folders import PROJECT, DataFolder
from config.local.processes import ProcessId, identify
from config.local.supervisor import records
from config.local.supervisor.child import Program
from config.local.supervisor.log import MergedLog
from config.local.supervisor.supervisor import Supervisor
from config.local.unprivileged import launched

SLEEP = "import time; time.sleep(60)"


class Stage:
    """A supervisor on a folder of its own whose log can be read back."""

    def __init__(self, root: Path) -> None:
        self.folder = DataFolder(root)
        self.folder.create()
        self.terminal = io.StringIO()
        self.log = MergedLog(
            self.folder.logs / "up.log", hangup=lambda: None, terminal=self.terminal
        )
        self.supervisor = Supervisor(self.folder, self.log)

    def lines(self) -> list[str]:
        """What was shown, without the time."""
        return [line[9:] for line in self.terminal.getvalue().splitlines()]

    async def shown(self, wanted: str, *, times: int = 1) -> None:
        """Wait until a line with `wanted` was shown so many times."""
        deadline = time.monotonic() + 20
        while sum(wanted in line for line in self.lines()) < times:
            assert time.monotonic() < deadline, self.lines()
            await asyncio.sleep(0.02)

    def leader(self, name: str) -> ProcessId:
        """The process of a service, as it is recorded on disk."""
        content = json.loads((self.folder.state / "processes.json").read_text())
        return ProcessId(*content["processes"][name])


def _program(name: str, code: str, **settings: object) -> Program:
    return Program(
        name=name,
        command=lambda: launched([sys.executable, "-u", "-c", code], death_signal=signal.SIGTERM),
        environment=os.environ,
        folder=PROJECT,
        **settings,  # type: ignore[arg-type]
    )


async def _yes() -> bool:
    return True


def test_output_of_services_is_merged_line_by_line(tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        code = f"print('one'); print('t\\u00ebo'); print('three', end='', flush=True); {SLEEP}"
        await stage.supervisor.serve(_program("web", code), _yes)
        await stage.shown("tëo")
        await stage.supervisor.stop_all([("web",)])

    stage = _play(tmp_path, play)

    assert stage.lines() == ["web       | one", "web       | tëo", "web       | three"]
    written = (stage.folder.logs / "up.log").read_text()
    assert written == stage.terminal.getvalue()


def test_service_that_is_killed_is_told_and_started_again(tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        await stage.supervisor.serve(_program("worker", f"print('begin'); {SLEEP}"), _yes)
        await stage.shown("worker    | begin")
        os.kill(stage.leader("worker").pid, signal.SIGKILL)
        await stage.shown("worker    | begin", times=2)
        await stage.supervisor.stop_all([])

    stage = _play(tmp_path, play)

    assert stage.lines() == [
        "worker    | begin",
        "up        | worker was killed by signal 9; its last lines:",
        "up        |   begin",
        "up        | worker: starting it again",
        "worker    | begin",
    ]


def test_service_that_keeps_dying_is_given_up_after_five_restarts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.local.supervisor.supervisor._FIRST_PAUSE_SECONDS", 0.001)

    async def play(stage: Stage) -> None:
        await stage.supervisor.serve(_program("relay", "print('oops'); raise SystemExit(3)"), None)
        with pytest.raises(LocalError, match="relay died 6 times within a minute"):
            await asyncio.wait_for(stage.supervisor.failure(), 30)
        await stage.supervisor.stop_all([])

    stage = _play(tmp_path, play)

    assert stage.lines().count("relay     | oops") == 6
    assert "up        | relay ended with exit code 3; its last lines:" in stage.lines()


def test_service_that_never_answers_is_an_error(tmp_path: Path) -> None:
    async def no() -> bool:
        return False

    async def play(stage: Stage) -> None:
        with pytest.raises(LocalError, match="web does not answer after 0 seconds"):
            await stage.supervisor.serve(_program("web", SLEEP), no, seconds=0.2)
        await stage.supervisor.stop_all([])

    _play(tmp_path, play)


def test_services_stop_group_after_group_and_nothing_is_left(tmp_path: Path) -> None:
    goodbye = (
        "import signal, sys, time\n"
        "def stop(*_):\n    time.sleep(0.2); print('bye'); sys.exit()\n"
        "signal.signal(15, stop); print('begin'); time.sleep(60)"
    )
    leaders: list[ProcessId] = []

    async def play(stage: Stage) -> None:
        for name in ("postgres", "web", "relay"):
            await stage.supervisor.serve(_program(name, goodbye), None)
        await stage.shown("begin", times=3)
        leaders.extend(stage.leader(name) for name in ("postgres", "web", "relay"))
        await stage.supervisor.stop_all([("web",), ("relay",), ("postgres",)])

    stage = _play(tmp_path, play)

    said = [line.split()[0] for line in stage.lines() if line.endswith("bye")]
    assert said == ["web", "relay", "postgres"]
    assert [leader.alive for leader in leaders] == [False, False, False]
    assert not (stage.folder.state / "processes.json").exists()


def test_service_that_ignores_its_end_is_killed_with_all_it_started(tmp_path: Path) -> None:
    """The grandchild holds the pipe open, as a web server's workers do."""
    code = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(15, signal.SIG_IGN)\n"
        f"print(subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).pid)\n"
        "time.sleep(60)"
    )

    async def play(stage: Stage) -> None:
        await stage.supervisor.serve(_program("web", code, stop_seconds=0.2), None)
        await stage.shown("web")
        await asyncio.wait_for(stage.supervisor.stop_all([("web",)]), 10)

    stage = _play(tmp_path, play)

    grandchild = int(stage.lines()[0].split("|")[1])
    assert identify(grandchild) is None


def test_hurried_stop_kills_at_once_and_starts_nothing_again(tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        code = f"import signal; signal.signal(15, signal.SIG_IGN); print('begin'); {SLEEP}"
        for name in ("web", "postgres"):
            await stage.supervisor.serve(_program(name, code, stop_seconds=30), None)
        await stage.shown("begin", times=2)
        stopping = asyncio.create_task(stage.supervisor.stop_all([("web",), ("postgres",)]))
        await asyncio.sleep(0.1)
        stage.supervisor.kill_all()
        await asyncio.wait_for(stopping, 5)

    stage = _play(tmp_path, play)

    assert len(stage.lines()) == 2, stage.lines()


def test_job_returns_its_last_lines_and_hides_what_is_for_machines(tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        code = "print('made'); print('{\"a\": 1}')"
        assert await stage.supervisor.run(_program("demo", code), hide="{") == ["made", '{"a": 1}']

    stage = _play(tmp_path, play)

    assert stage.lines() == ["demo      | made"]


def test_failing_job_is_an_error(tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        with pytest.raises(LocalError, match="setup failed with exit code 4, see its lines above"):
            await stage.supervisor.run(_program("setup", "print('no'); raise SystemExit(4)"))

    stage = _play(tmp_path, play)

    assert stage.lines() == ["setup     | no"]


def test_leftovers_of_a_killed_supervisor_are_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stuck ones and what they started, but nobody who only has a pid that was recorded."""
    monkeypatch.setattr(records, "_GRACE_SECONDS", 0.2)

    async def play(stage: Stage) -> None:
        code = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {SLEEP!r}],"
        code += f" stdout=subprocess.DEVNULL).pid); {SLEEP}"
        await stage.supervisor.serve(_program("web", code), None)
        await stage.shown("web")
        os.kill(stage.leader("web").pid, signal.SIGSTOP)  # stuck: it cannot end by itself
        recorded = (stage.folder.state / "processes.json").read_text()
        mine = identify(os.getpid())
        assert mine is not None
        content = json.loads(recorded)
        content["processes"]["recycled"] = [mine.pid, mine.started - 1]
        (stage.folder.state / "processes.json").write_text(json.dumps(content))
        found = await asyncio.to_thread(records.end_leftovers, stage.folder)
        assert found == ["web"]
        await stage.supervisor.stop_all([])

    stage = _play(tmp_path, play)

    assert identify(int(stage.lines()[0].split("|")[1])) is None


def test_records_of_an_earlier_boot_are_not_believed(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.create()
    mine = identify(os.getpid())
    assert mine is not None
    records.remember(folder, {"web": mine})
    file = folder.state / "processes.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "boot": "another"}))

    assert records.end_leftovers(folder) == []

    assert not file.exists()


def _play(root: Path, play: Callable[[Stage], object]) -> Stage:
    """Run `play` on a stage of its own and return it to be looked at."""

    async def run() -> Stage:
        stage = Stage(root)
        await play(stage)  # type: ignore[misc]
        stage.log.close()
        return stage

    return asyncio.run(run())
