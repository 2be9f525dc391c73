"""manage.py on a machine that has only Python."""

import ast
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config.local import bootstrap
from config.local.folders import PROJECT
from tests.local.machine import (
    as_ordinary_user,
    copy_of_local_runtime,
    give_to_ordinary_user,
    python_for_everybody,
    shorten_locks,
)

PYTHON = getattr(sys, "_base_executable", sys.executable)


@pytest.fixture
def clone(public_folder: Path) -> Path:
    return copy_of_local_runtime(public_folder / "a clone")


def _manage(
    clone: Path, *arguments: str, before: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run manage.py with the system's Python; `before` is code that runs in it first."""
    code = f"import runpy, sys\n{before}\nsys.argv = sys.argv[1:]\n"
    code += "runpy.run_path(sys.argv[0], run_name='__main__')"
    return subprocess.run(
        [PYTHON, "-c", code, str(clone / "manage.py"), *arguments],
        env={**_environment(clone), **variables},
        cwd=clone,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def _environment(clone: Path) -> dict[str, str]:
    """An empty home, and nothing of the environment that the tests run in."""
    kept = ("PATH", "PIP_", "UV_", "SSL_", "HTTP_", "HTTPS_", "NO_PROXY", "LANG", "TMPDIR")
    variables = {k: v for k, v in os.environ.items() if k.startswith(kept)}
    home = clone.parent / "home"
    home.mkdir(exist_ok=True)
    return variables | {"HOME": str(home)}


def test_old_python_can_read_manage_py_to_be_told_that_it_is_too_old() -> None:
    source = (PROJECT / "manage.py").read_text()

    ast.parse(source, feature_version=(3, 6))

    assert "from __future__" not in source


def test_old_python_is_told_what_is_needed(clone: Path) -> None:
    result = _manage(clone, "up", before="sys.version_info = (3, 10, 13, 'final', 0)")

    assert result.returncode == 1
    assert result.stderr.startswith("Galleria needs Python 3.11 or newer, and this is ")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_missing_venv_module_is_told_with_the_package_to_install(clone: Path, module: str) -> None:
    result = _manage(clone, "up", before=f"sys.modules[{module!r}] = None")

    assert result.returncode == 1
    assert f"this Python has no module `{module}`" in result.stderr
    assert "apt install python3-venv" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_no_network_is_told_with_the_last_words_of_pip(clone: Path) -> None:
    nowhere = {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_NO_INDEX": "1"}

    result = _manage(clone, "up", **nowhere)

    assert result.returncode == 1
    assert "installing uv failed:" in result.stderr
    assert "No matching distribution found for uv==" in result.stderr
    assert "check the connection, a proxy (HTTPS_PROXY)" in result.stderr
    assert (clone / ".venv" / bootstrap.UNFINISHED.name).exists()


def test_unwritable_folder_is_told(clone: Path) -> None:
    python = python_for_everybody()
    clone.chmod(0o555)

    result = subprocess.run(
        as_ordinary_user([python, str(clone / "manage.py"), "up"]),
        env=_environment(clone),
        cwd=clone,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    clone.chmod(0o755)

    told = f"manage.py: cannot write to {clone}/.data: Permission denied\n"
    assert (result.returncode, result.stdout, result.stderr) == (1, "", told)


def test_bootstrap_can_be_turned_off(clone: Path) -> None:
    result = _manage(clone, "check", GALLERIA_NO_BOOTSTRAP="1")

    assert result.returncode == 1
    assert result.stderr.startswith(f"manage.py: {PYTHON} has no Django: install")
    assert not (clone / ".venv").exists()


class Newcomer:
    """Runs manage.py with an ordinary account, a home that cannot be written, and spaces in paths.

    The locks are cut down to Django: what takes time is the same for one package as for hundred.
    """

    def __init__(self, clone: Path) -> None:
        self.venv = clone / ".venv"
        self.unfinished = self.venv / bootstrap.UNFINISHED.name
        self.marker = self.venv / bootstrap.MARKER.name
        self._manage = [python_for_everybody(), str(clone / "manage.py")]
        self._variables = _environment(clone)
        self.home = Path(self._variables["HOME"])
        self.home.chmod(0o555)
        shorten_locks(clone, ("django", "asgiref", "sqlparse"))
        give_to_ordinary_user(clone)

    def start(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            as_ordinary_user([*self._manage, "services", "status"]),
            env=self._variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )


def test_two_first_starts_at_once_make_one_complete_environment(clone: Path) -> None:
    """On top of a half-made `.venv`."""
    (clone / ".venv" / "lib").mkdir(parents=True)
    (clone / ".venv" / bootstrap.UNFINISHED.name).touch()
    newcomer = Newcomer(clone)

    with ThreadPoolExecutor() as pool:
        results = [run.result() for run in [pool.submit(newcomer.start) for _ in range(2)]]
    later = newcomer.start()

    assert [result.returncode for result in results] == [0, 0], results
    waited = [r for r in results if "another process is installing" in r.stderr]
    assert len(waited) == 1
    assert (later.returncode, later.stderr) == (0, "")
    assert newcomer.marker.exists()
    assert not newcomer.unfinished.exists()
    assert list(newcomer.home.iterdir()) == []


def test_environment_follows_the_lock_and_survives_an_interruption(clone: Path) -> None:
    newcomer = Newcomer(clone)
    assert newcomer.start().returncode == 0
    [django] = newcomer.venv.glob("lib/*/site-packages/django/__init__.py")

    shorten_locks(clone, ("django", "sqlparse"))
    changed = newcomer.start()

    assert changed.returncode == 0, changed
    assert "making .venv" not in changed.stderr
    assert list(newcomer.venv.glob("lib/*/site-packages/asgiref")) == []

    django.unlink()
    newcomer.marker.unlink()
    newcomer.unfinished.touch()
    give_to_ordinary_user(newcomer.unfinished)
    mended = newcomer.start()

    assert mended.returncode == 0, mended
    assert "making .venv" not in mended.stderr
    assert django.exists()


def test_dependencies_in_any_python_are_used_as_they_are(clone: Path) -> None:
    """As in an image that was built from requirements/production.txt."""
    shorten_locks(clone, ("django", "asgiref", "sqlparse"))
    command = [sys.executable, str(clone / "manage.py"), "services", "status"]

    result = subprocess.run(
        command, env=_environment(clone), capture_output=True, text=True, check=False
    )

    assert (result.returncode, result.stderr) == (0, "")
    assert not (clone / ".venv").exists()


def test_certificates_of_the_system_are_tried_when_those_of_uv_do_not_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], what: str) -> None:
        commands.append(command)
        if "--system-certs" not in command:
            raise bootstrap.Problem("invalid peer certificate: UnknownIssuer")

    monkeypatch.setattr(bootstrap, "_run", run)

    bootstrap._sync(reinstall=False)

    assert len(commands) == 2
    assert commands[1] == [*commands[0], "--system-certs"]


def test_every_requirement_of_the_bootstrap_is_pinned_and_hashed() -> None:
    lines = (PROJECT / "requirements" / "bootstrap.txt").read_text().splitlines()

    pins = [line for line in lines if not line.startswith((" ", "#"))]

    assert len(pins) == 1
    assert pins[0].startswith("uv==")
    assert pins[0].endswith("\\")
    assert sum(1 for line in lines if line.strip().startswith("--hash=sha256:")) > 1
