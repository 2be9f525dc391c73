"""Development settings with a clock that the harness can put forward and back, per process.

FAULTS_SKEW_FILE holds JSON, seconds by role (`{"web": 600, "worker": -600}`); FAULTS_ROLE is who
this process is. Both `clock.now()` and `time.time()` follow it: what the product, the SDKs and the
log ask.
"""

import json
import os
import time
from datetime import timedelta
from pathlib import Path

from apps.shared import clock
from config.settings.dev import *  # noqa: F403 - how settings are layered

_LOOK_EVERY_SECONDS = 0.05
_real_time, _real_now = time.time, clock.now


class _Skew:
    """The offset in seconds, read from the file at most twenty times a second."""

    def __init__(self, file: Path, role: str) -> None:
        self._file, self._role = file, role
        self._seconds, self._looked = 0.0, float("-inf")

    def __call__(self) -> float:
        if time.monotonic() > self._looked + _LOOK_EVERY_SECONDS:
            self._looked = time.monotonic()
            self._seconds = float(json.loads(self._file.read_text() or "{}").get(self._role, 0))
        return self._seconds


if _file := os.environ.get("FAULTS_SKEW_FILE"):
    _skew = _Skew(Path(_file), os.environ.get("FAULTS_ROLE", ""))
    time.time = lambda: _real_time() + _skew()
    clock.now = lambda: _real_now() + timedelta(seconds=_skew())
