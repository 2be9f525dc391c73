"""`manage.py test`: its own servers, pytest's arguments and exit code."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.local.folders import PROJECT
from config.local.test_command import pytest_command
from tests.local.machine import processes_mentioning

XDIST = ["-n", "auto", "--dist", "loadgroup"]


@pytest.mark.parametrize(
    ("arguments", "added"),
    [
        ([], XDIST),
        (["-k", "cart"], XDIST),
        (["-n", "4"], ["--dist", "loadgroup"]),
        (["-n0"], ["--dist", "loadgroup"]),
        (["--numprocesses=2", "--dist=load"], []),
        (["--dist", "load"], ["-n", "auto"]),
        (["-p", "no:xdist"], []),
        (["-pno:xdist", "-x"], []),
        (["--no-header"], XDIST),
    ],
)
def test_tests_run_in_parallel_unless_told_otherwise(
    arguments: list[str], added: list[str]
) -> None:
    assert pytest_command(arguments) == [sys.executable, "-m", "pytest", *added, *arguments]


def _start(code: str, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """`manage.py test` on one file with `code`, in an environment that names no servers."""
    folder.mkdir(exist_ok=True)
    (folder / "test_inner.py").write_text(code)
    names = ("DATABASE_URL", "REDIS_URL", "STRIPE_SECRET_KEY")
    variables = {k: v for k, v in os.environ.items() if k not in names and "PYTEST" not in k}
    variables |= {"GALLERIA_NO_BOOTSTRAP": "1", "EMAIL_URL": "smtp://real.example:25"}
    options = ["-p", "no:xdist", "-c", str(PROJECT / "pyproject.toml"), *arguments]
    return subprocess.Popen(
        [sys.executable, str(PROJECT / "manage.py"), "test", str(folder), *options],
        env=variables,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_two_runs_at_once_have_servers_of_their_own(tmp_path: Path) -> None:
    """And neither reaches real mail, nor leaves anything running."""
    code = (
        "import os, pathlib, time\n"
        "def test_inner():\n"
        "    names = ('DATABASE_URL', 'EMAIL_URL', 'DJANGO_SETTINGS_MODULE', 'DATA_DIR')\n"
        "    here = pathlib.Path(__file__).parent\n"
        "    (here / 'found').write_text('\\n'.join(os.environ[n] for n in names))\n"
        "    end = time.monotonic() + 60\n"
        "    while len(list(here.parent.glob('*/found'))) < 2 and time.monotonic() < end:\n"
        "        time.sleep(0.05)\n"
    )

    runs = [_start(code, tmp_path / name) for name in ("one", "two")]
    outputs = [run.communicate(timeout=120)[0] for run in runs]

    assert [run.returncode for run in runs] == [0, 0], outputs
    assert all("1 passed" in output.splitlines()[-1] for output in outputs)
    found = [(tmp_path / name / "found").read_text().splitlines() for name in ("one", "two")]
    assert found[0][0] != found[1][0]
    for database, mail, settings, data in found:
        assert database.startswith("postgresql://galleria@/galleria?host=/")
        assert (mail, settings) == ("smtp://127.0.0.1:9", "config.settings.test")
        assert processes_mentioning(f"{data}/") == []


def test_exit_code_is_that_of_pytest(tmp_path: Path) -> None:
    run = _start("def test_inner(): assert False", tmp_path / "inner", "-q")

    output, _ = run.communicate(timeout=120)

    assert run.returncode == 1
    assert "1 failed" in output.splitlines()[-1]


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 2), (signal.SIGTERM, 2)], ids=["Ctrl-C", "SIGTERM"]
)
def test_interrupted_run_ends_cleanly(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """Ctrl-C reaches the whole foreground group, a SIGTERM only the command itself."""
    inner = (
        "import os, pathlib, time\n"
        "def test_inner():\n"
        "    pathlib.Path(__file__).with_name('found').write_text(os.environ['DATA_DIR'])\n"
        "    time.sleep(60)\n"
    )
    run = _start(inner, tmp_path / "inner")
    found = tmp_path / "inner" / "found"
    deadline = time.monotonic() + 60
    while not found.exists() or not found.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)

    run.send_signal(number)
    if number == signal.SIGINT:
        [pytest_pid] = _children(run.pid)
        os.kill(pytest_pid, number)
    output, _ = run.communicate(timeout=60)

    assert run.returncode == code, output
    assert "KeyboardInterrupt" in output
    assert processes_mentioning(f"{found.read_text()}/") == []


def _children(pid: int) -> list[int]:
    """Children that are not servers, i.e. in the session of their parent."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if os.getsid(int(child)) == os.getsid(pid)]
