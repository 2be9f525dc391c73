"""`manage.py faults --seeds N`: what breaks, and what holds; see `tests/faults/`."""

import os
import subprocess
import sys

from config.local.folders import PROJECT


def run(arguments: list[str]) -> int:
    """Returns the harness's exit code: 1 when an invariant was violated."""
    command = [sys.executable, "-m", "tests.faults", *arguments]
    environment = {**os.environ, "GALLERIA_NO_BOOTSTRAP": "1"}
    return subprocess.run(command, cwd=PROJECT, env=environment, check=False).returncode
