"""A command whose PostgreSQL does not answer: one line, and an exit code of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import OperationalError
from psycopg import errors

from config.local import django_command
from config.local.folders import PROJECT


@pytest.mark.parametrize("command", [["reconcile"], ["invariants"], ["events", "lag"]])
def test_it_is_told_in_one_line(tmp_path: Path, command: list[str]) -> None:
    arguments = [*command, "--all-tenants"] if command[0] == "events" else command
    environment = os.environ | {
        "GALLERIA_NO_BOOTSTRAP": "1",
        "DATABASE_URL": f"postgresql://nobody@/nothing?host={tmp_path}",
    }
    result = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    told = result.stderr.splitlines()
    assert result.returncode == 69, result.stderr
    assert told[-1].startswith(f"manage.py {command[0]}: PostgreSQL does not answer: ")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("cause", "is_unreachable"),
    [
        (errors.AdminShutdown(), True),
        (errors.TooManyConnections(), True),
        (errors.ConnectionFailure(), True),
        (None, True),
        (errors.LockNotAvailable(), False),
        (errors.DeadlockDetected(), False),
        (errors.QueryCanceled(), False),
    ],
)
def test_what_a_statement_came_to_is_not_that(
    cause: Exception | None, is_unreachable: bool
) -> None:
    error = OperationalError("x")
    error.__cause__ = cause
    assert django_command._is_unreachable(error) is is_unreachable
