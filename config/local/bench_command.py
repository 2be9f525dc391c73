"""`manage.py bench NAME`: measurements on servers of their own, see `benchmarks/`."""

import os
import subprocess
import sys

from config.local.folders import PROJECT


def run(arguments: list[str]) -> int:
    """Returns the benchmark's exit code."""
    command = [sys.executable, "-m", "benchmarks", *arguments]
    environment = {**os.environ, "GALLERIA_NO_BOOTSTRAP": "1"}
    return subprocess.run(command, cwd=PROJECT, env=environment, check=False).returncode
