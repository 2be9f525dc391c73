"""Which Python `.venv` is made from: the quickest of the version that was called.

Pythons of one version differ: compiled without profile-guided and link-time optimisation, as pyenv
does unless it is told otherwise, one takes half as much CPU again as Debian's for the same work
(docs/performance.md). Imports nothing of the project.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

_FOLDERS = ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")
# Less is not worth another Python than the one that was called.
_SHARE = 0.85
_SECONDS = 20
_PROBE = """
import ctypes, ensurepip, ssl, time, venv

class Thing:
    def __init__(self, x):
        self.x = x

    @property
    def more(self):
        return self.x + 1

    def all(self, **named):
        return [self.more for _ in range(3)], named.get("a")

def work():
    found = {}
    for n in range(8000):
        thing = Thing(n)
        found[str(n % 97)] = hasattr(thing, "none") or thing.all(a=1, b=2)

best = 9.0
for _ in range(12):
    begin = time.process_time()
    work()
    best = min(best, time.process_time() - begin)
print(best)
"""


def quickest(python: str) -> str:
    """The path of `python`, or of another Python of its version on this machine that needs at most
    85 % of its CPU. `GALLERIA_PYTHON` names one instead, and nothing is measured."""
    if named := os.environ.get("GALLERIA_PYTHON"):
        return named
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    others = _others_than(python, (Path(folder) / version for folder in _FOLDERS))
    own = _cpu_seconds(python) if others else None
    if own is None:
        return python
    measured = [(seconds, path) for path in others if (seconds := _cpu_seconds(path)) is not None]
    seconds, path = min(measured, default=(own, python))
    return path if seconds <= _SHARE * own else python


def _others_than(python: str, candidates: Iterable[Path]) -> list[str]:
    known, found = {os.path.realpath(python)}, []
    for path in candidates:
        if os.access(path, os.X_OK) and (real := os.path.realpath(path)) not in known:
            known.add(real)
            found.append(str(path))
    return found


def _cpu_seconds(python: str) -> float | None:
    """What a piece of everyday Python costs there; None if it cannot make a `.venv`."""
    try:
        done = subprocess.run(
            [python, "-I", "-c", _PROBE],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
        return float(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
