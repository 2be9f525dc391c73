"""Processes are known by pid and start time; zombies and recycled pids are nobody's."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.local.processes import ProcessId, end, identify, in_session, send, working_in
from config.local.unprivileged import launched

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(SLEEP, start_new_session=True, cwd=tmp_path) as process:
        yield process
        process.kill()


def _identify(pid: int) -> ProcessId:
    process = identify(pid)
    assert process is not None
    return process


def test_process_with_a_recycled_pid_is_never_signalled(sleeper: subprocess.Popen[bytes]) -> None:
    current = _identify(sleeper.pid)
    former = ProcessId(sleeper.pid, current.started - 1)

    send(former, signal.SIGKILL)
    end([former], number=signal.SIGKILL, grace=1)

    assert not former.alive
    assert in_session(former) == []
    assert current.alive


def test_zombie_is_not_alive(sleeper: subprocess.Popen[bytes]) -> None:
    process = _identify(sleeper.pid)

    os.kill(sleeper.pid, signal.SIGKILL)
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)

    assert not process.alive
    assert identify(sleeper.pid) is None


def test_stubborn_process_is_killed_after_its_grace() -> None:
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1); time.sleep(60)"
    command = [sys.executable, "-u", "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        begin = time.monotonic()

        end([_identify(process.pid)], grace=0.2)

        assert 0.2 <= time.monotonic() - begin < 5
        assert process.wait() == -signal.SIGKILL


def test_process_is_found_by_its_working_folder(
    sleeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    assert working_in(tmp_path) == [_identify(sleeper.pid)]


def test_orphans_are_found_by_the_session_of_their_dead_leader(tmp_path: Path) -> None:
    code = f"import subprocess; print(subprocess.Popen({SLEEP!r}).pid)"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True, text=True
    ) as leader:
        known = _identify(leader.pid)
        assert leader.stdout is not None
        orphan = int(leader.stdout.readline())
        leader.wait()

        members = in_session(known)
        end(members, number=signal.SIGKILL, grace=1)

    assert [member.pid for member in members] == [orphan]
    assert identify(orphan) is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_launched_process_gets_its_signal_when_its_parent_is_killed(
    number: signal.Signals, tmp_path: Path
) -> None:
    answer = tmp_path / "answer"
    child = (
        "import signal, sys, time\n"
        f"signal.signal({int(number)}, lambda *_: (open({str(answer)!r}, 'w').write('got it'),"
        " sys.exit()))\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)"
    )
    parent = (
        "import signal, subprocess, sys, time\n"
        "from config.local.unprivileged import launched\n"
        f"command = launched([sys.executable, '-c', {child!r}], death_signal={int(number)})\n"
        "subprocess.Popen(command, start_new_session=True)\n"
        "time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()

        process.kill()

        deadline = time.monotonic() + 10
        while not answer.exists() or not answer.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert answer.read_text() == "got it"


def test_launched_process_does_not_start_when_its_parent_is_gone_already() -> None:
    command = launched([sys.executable, "-c", "print('started')"], death_signal=signal.SIGTERM)
    elsewhere = [sys.executable, "-c", f"import subprocess; subprocess.run({command!r})"]

    result = subprocess.run(elsewhere, capture_output=True, text=True, check=True)

    assert result.stdout == ""
    assert result.stderr == "the parent process is gone already\n"
