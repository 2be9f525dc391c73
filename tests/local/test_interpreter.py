"""The Python that `.venv` is made from. Pythons here are scripts that say what they cost."""

import sys
from pathlib import Path

import pytest

from config.local import interpreter

NAME = f"python{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The one that was called: it costs 1.0."""
    monkeypatch.delenv("GALLERIA_PYTHON", raising=False)
    monkeypatch.setattr(interpreter, "_FOLDERS", (str(tmp_path / "a"), str(tmp_path / "b")))
    return pretend(tmp_path / "called", "echo 1.0")


def pretend(folder: Path, script: str) -> str:
    """An interpreter in `folder` that does `script`."""
    folder.mkdir()
    path = folder / NAME
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_the_only_python_is_taken_unmeasured(tmp_path: Path, called: str) -> None:
    Path(called).write_text("#!/bin/sh\ntouch measured\n")

    assert interpreter.quickest(called) == called
    assert not (tmp_path / "measured").exists()


def test_a_much_quicker_one_is_taken(tmp_path: Path, called: str) -> None:
    pretend(tmp_path / "a", "echo 0.8")
    quick = pretend(tmp_path / "b", "echo 0.6")

    assert interpreter.quickest(called) == quick


@pytest.mark.parametrize("script", ["echo 0.9", "exit 1", "echo nonsense"])
def test_one_that_is_hardly_quicker_or_makes_no_venv_is_not(
    tmp_path: Path, called: str, script: str
) -> None:
    pretend(tmp_path / "a", script)

    assert interpreter.quickest(called) == called


def test_a_link_to_the_same_one_is_the_same(tmp_path: Path, called: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / NAME).symlink_to(called)

    assert interpreter.quickest(called) == called


def test_one_can_be_named(called: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GALLERIA_PYTHON", "/opt/python/bin/python3.11")

    assert interpreter.quickest(called) == "/opt/python/bin/python3.11"


def test_the_probe_runs_on_this_python() -> None:
    measured = interpreter._cpu_seconds(sys.executable)

    assert measured is not None
    assert measured > 0
