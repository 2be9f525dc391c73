"""Programs of Debian's that tests need, unpacked into the data folder: nothing is installed."""

import fcntl
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from config.local.folders import PROJECT

_TOOLS = PROJECT / ".data" / "tools"
_SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin")
_SECONDS = 180


@dataclass(frozen=True)
class Found:
    """A program, and where it finds its libraries (besides the system's)."""

    path: str
    libraries: str = ""

    @property
    def environment(self) -> dict[str, str]:
        libraries = {"LD_LIBRARY_PATH": self.libraries} if self.libraries else {}
        return {**os.environ, **libraries}


def program(name: str, *, package: str) -> Found:
    """The system's own, or one out of Debian's package and those that it depends on.

    AssertionError where there is neither: what it proves is then not proven.
    """
    folders = os.pathsep.join([os.environ.get("PATH", ""), *_SYSTEM_FOLDERS])
    if installed := shutil.which(name, path=folders):
        return Found(installed)
    assert shutil.which("apt-get"), f"{name} is not here, nor apt-get: install {package}"
    root = _TOOLS / package
    root.mkdir(parents=True, exist_ok=True)
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "complete").exists():
            _unpack(package, root)
            (root / "complete").touch()
    [path] = [one for one in root.glob(f"files/usr/*bin/{name}") if os.access(one, os.X_OK)]
    return Found(str(path), os.pathsep.join(map(str, root.glob("files/usr/lib/*-linux-*"))))


def _unpack(package: str, root: Path) -> None:
    """With lists of our own: the machine's may be missing or old, and belong to root."""
    for folder in ("lists/partial", "cache/archives/partial", "archives", "files"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    options = ["-o", f"Dir::State::Lists={root}/lists", "-o", f"Dir::Cache={root}/cache"]
    apt = ["apt-get", *options]
    _run([*apt, "update"], root)
    plan = _run([*apt, "-s", "--no-install-recommends", "install", package], root)
    missing = re.findall(r"^Inst (\S+)", plan, re.MULTILINE)
    _run([*apt, "download", *missing], root / "archives")
    for archive in (root / "archives").glob("*.deb"):
        _run(["dpkg-deb", "-x", str(archive), str(root / "files")], root)


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout
