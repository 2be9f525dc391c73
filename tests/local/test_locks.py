"""Locks between processes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from config.local import locks


def test_second_holder_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "up.lock"

    with locks.exclusive(path):
        assert locks.holder(path) == os.getpid()
        with pytest.raises(locks.Taken) as refused, locks.exclusive(path):
            pass

    assert refused.value.holder == os.getpid()
    assert locks.holder(path) is None


def test_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    path = tmp_path / "up.lock"
    code = (
        "import pathlib, sys, time; from config.local import locks\n"
        "with locks.exclusive(pathlib.Path(sys.argv[1])):\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert locks.holder(path) == process.pid

        process.send_signal(signal.SIGKILL)
        process.wait()

    assert locks.holder(path) is None
    with locks.exclusive(path):
        assert path.read_text() == str(os.getpid())


def test_lock_that_was_never_taken_has_no_holder(tmp_path: Path) -> None:
    assert locks.holder(tmp_path / "up.lock") is None
