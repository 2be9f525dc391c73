"""A few seeds of the harness in CI; the long runs have commands of their own (docs/reliability.md).

In a process of its own, which starts all that it needs.
"""

import json
import os
import signal
import subprocess
import sys
from typing import Any

import pytest

from config.local.folders import PROJECT
from config.local.unprivileged import launched

pytestmark = pytest.mark.xdist_group("faults")

# Those that are over soon: no lease has to run out.
SHORT = (
    "provider_times_out",
    "logs_full",
    "network_postgres",
    "network_valkey",
)
# From here on three seeds in a row kill three times each.
FIRST = "26"


def run_faults(*arguments: str, seconds: float) -> dict[str, Any]:
    """The harness's last line. AssertionError with all it wrote when something was violated."""
    command = [sys.executable, "-m", "tests.faults", *arguments]
    done = subprocess.run(
        launched(command, death_signal=signal.SIGINT),
        cwd=PROJECT,
        env={**os.environ, "GALLERIA_NO_BOOTSTRAP": "1"},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_web_processes_killed_during_checkouts_and_other_short_faults() -> None:
    """X3 with nine kills, X7; INV after each."""
    faults = ["web_killed"] * 3 + list(SHORT)

    found = run_faults(
        *("--seeds", str(len(faults)), "--from", FIRST, "--fault", ",".join(faults)), seconds=600
    )

    assert found["violations"] == 0
    assert found["kills"] >= 8
    assert found["orders"] > 0


@pytest.mark.slow
def test_web_processes_killed_fifty_times_during_checkouts() -> None:
    """X3 in full: INV 4 after each."""
    found = run_faults("--seeds", "30", "--fault", "web_killed", seconds=1800)

    assert found["violations"] == 0
    assert found["kills"] >= 50
