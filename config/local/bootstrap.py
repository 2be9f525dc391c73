"""Makes `.venv` with exactly the locked dependencies, and starts manage.py again inside it.

It runs before anything is installed, so it imports nothing of the project.
Two steps, both checked by hash: pip installs uv (requirements/bootstrap.txt), uv installs the
rest (requirements/dev.txt). A marker in `.venv` names the lock that it was made from.
"""

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import re
import runpy
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
MARKER = VENV / "galleria-lock"
UNFINISHED = VENV / "galleria-unfinished"
LOCK_FILE = ROOT / ".data" / "bootstrap.lock"
REQUIREMENTS = ROOT / "requirements"
RESTARTED = "GALLERIA_RESTARTED"

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*])?==([^\s;\\]+)(\s*;)?")
_TOLD_LINES = 8


class Problem(Exception):
    """The environment cannot be made; the message says why and what to do."""


def ensure_dependencies() -> None:
    """Return when this Python has the dependencies; else install them and start again with them.

    Exits with code 1 and a message when that is not possible.
    """
    try:
        restarted = os.environ.pop(RESTARTED, None)
        if _dependencies_present():
            return
        if restarted and not _inside_venv():
            raise Problem(f"{VENV_PYTHON} does not belong to {VENV}: remove that folder")
        if not _up_to_date():
            with _alone():
                if not _up_to_date():
                    _install()
        _restart()
    except Problem as problem:
        sys.exit(f"manage.py: {problem}")
    except KeyboardInterrupt:
        sys.exit("manage.py: interrupted; run the same command again to go on")


def _dependencies_present() -> bool:
    """In `.venv` the marker decides; any other Python, and a `.venv` made by hand, is looked at."""
    if _inside_venv() and MARKER.exists():
        return _up_to_date()
    return not UNFINISHED.exists() and _has_production_lock()


def _inside_venv() -> bool:
    return os.path.realpath(sys.prefix) == os.path.realpath(VENV)


def _up_to_date() -> bool:
    """Whether `.venv` is complete and made from today's lock (and, inside it, by this Python)."""
    if UNFINISHED.exists() or not VENV_PYTHON.exists() or not MARKER.exists():
        return False
    lock, python = MARKER.read_text().split()
    return lock == _lock_digest() and (not _inside_venv() or python == _python_version())


def _lock_digest() -> str:
    return hashlib.sha256((REQUIREMENTS / "dev.txt").read_bytes()).hexdigest()


def _python_version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _has_production_lock() -> bool:
    """Whether this very Python has every package that production needs, in its locked version.

    Packages locked for some platforms only are not looked at.
    """
    for line in (REQUIREMENTS / "production.txt").read_text().splitlines():
        pin = _PIN.match(line)
        if pin is None or pin[3]:
            continue
        try:
            if importlib.metadata.version(pin[1]) != pin[2]:
                return False
        except importlib.metadata.PackageNotFoundError:
            return False
    return True


@contextmanager
def _alone() -> Iterator[None]:
    """Only one process installs; the next one waits and finds the work done."""
    try:
        LOCK_FILE.parent.mkdir(exist_ok=True)
        file = LOCK_FILE.open("a")
    except OSError as error:
        raise Problem(f"cannot write to {error.filename}: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("another process is installing the dependencies: waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _install() -> None:
    """Bring `.venv` in step with the lock. Raises Problem."""
    begin = time.monotonic()
    try:
        if not _usable():
            _make_venv()
        # What was interrupted may have left a package half-written: then all are written again.
        again = UNFINISHED.exists()
        UNFINISHED.touch()
        MARKER.unlink(missing_ok=True)
        _install_uv()
        _sync(reinstall=again)
        MARKER.write_text(f"{_lock_digest()} {_venv_python_version()}\n")
        UNFINISHED.unlink()
    except OSError as error:
        raise Problem(f"cannot write to {error.filename}: {error.strerror}") from error
    _say(f"ready after {time.monotonic() - begin:.0f} s")


def _usable() -> bool:
    """Whether `.venv` can be mended in place, which running processes survive."""
    if not VENV_PYTHON.exists() or _made_by_other_python():
        return False
    return not UNFINISHED.exists() or _has_uv()


def _made_by_other_python() -> bool:
    """The system's Python was upgraded below an existing `.venv`: its packages are not seen."""
    return not (VENV / "lib" / f"python{_venv_python_version()}").is_dir()


def _venv_python_version() -> str:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    result = subprocess.run([VENV_PYTHON, "-c", code], capture_output=True, text=True, check=False)
    return result.stdout.strip()


def _make_venv() -> None:
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise Problem(
                f"this Python has no module `{module}`: on Debian or Ubuntu run "
                f"`apt install python3-venv`, elsewhere install a complete Python"
            )
    # The interpreter below any other virtual environment that this one may run in.
    base = getattr(sys, "_base_executable", sys.executable)
    python = runpy.run_path(str(Path(__file__).with_name("interpreter.py")))["quickest"](base)
    _say(f"making .venv with Python {_python_version()}, {python}")
    if VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()
    UNFINISHED.touch()
    _run([python, "-m", "venv", str(VENV)], "making .venv")


def _install_uv() -> None:
    if _has_uv():
        return
    _say(f"installing uv {_locked_uv()}")
    lock = str(REQUIREMENTS / "bootstrap.txt")
    pip = [str(VENV_PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]
    _run([*pip, "install", "--require-hashes", "-r", lock], "installing uv")


def _locked_uv() -> str:
    lines = (REQUIREMENTS / "bootstrap.txt").read_text().splitlines()
    return next(pin[2] for line in lines if (pin := _PIN.match(line)))


def _has_uv() -> bool:
    """Whether uv is there, works, and is of the locked version."""
    try:
        command = [str(VENV / "bin" / "uv"), "--version"]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return found.stdout.split()[1:2] == [_locked_uv()]


def _sync(*, reinstall: bool) -> None:
    lock = REQUIREMENTS / "dev.txt"
    count = sum(1 for line in lock.read_text().splitlines() if _PIN.match(line))
    _say(f"installing {count} packages from requirements/dev.txt")
    # Compiled now, so that the first start is as quick as the others.
    options = ["--quiet", "--compile-bytecode", "--require-hashes", "--python", str(VENV_PYTHON)]
    if reinstall:
        options.append("--reinstall")
    if not _has_writable_cache():
        options.append("--no-cache")
    command = [str(VENV / "bin" / "uv"), "pip", "sync", *options, str(lock)]
    try:
        _run(command, "installing")
    except Problem as problem:
        if "certificate" not in str(problem):
            raise
        # A company's proxy: the system knows its certificate, the list inside uv does not.
        _run([*command, "--system-certs"], "installing")


def _has_writable_cache() -> bool:
    """Whether uv can keep its cache where it would put it; an empty home may be read-only."""
    if os.environ.get("UV_CACHE_DIR"):
        return True
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(cache, os.W_OK)


def _run(command: list[str], what: str) -> None:
    """Run quietly. Raises Problem with the last lines that a failing command printed."""
    result = subprocess.run(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        last = "\n".join(f"  {line}" for line in result.stdout.splitlines()[-_TOLD_LINES:])
        raise Problem(
            f"{what} failed:\n{last}\n"
            "Packages come over the network: check the connection, a proxy (HTTPS_PROXY) or the "
            "package index you use, then run the same command again"
        )


def _restart() -> NoReturn:
    """Become `.venv`'s Python with the same arguments."""
    os.environ[RESTARTED] = "1"
    sys.stdout.flush()
    os.execv(VENV_PYTHON, [str(VENV_PYTHON), *sys.orig_argv[1:]])


def _say(text: str) -> None:
    """To standard error: a command's own output stays clean."""
    print(f"manage.py: {text}", file=sys.stderr, flush=True)
