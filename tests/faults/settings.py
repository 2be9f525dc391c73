"""Development settings, for processes of which the harness may say that their clock is wrong.

FAULTS_SKEW_FILE holds JSON, seconds by role (`{"web": 600, "worker": -600}`); FAULTS_ROLE is who
this process is. `time.time()`, which the SDKs and the log ask, and the product's clock before it
asked PostgreSQL, are off by that much.
"""

import json
import os
import time
from datetime import timedelta
from pathlib import Path

from apps.shared import clock
from config.settings.dev import *  # noqa: F403 - how settings are layered

_own_time = time.time

if _file := os.environ.get("FAULTS_SKEW_FILE"):
    _skews = json.loads(Path(_file).read_text())
    if _seconds := float(_skews.get(os.environ.get("FAULTS_ROLE", ""), 0)):
        time.time = lambda: _own_time() + _seconds
        clock._began += timedelta(seconds=_seconds)
