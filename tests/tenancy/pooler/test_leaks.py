"""TEN-006: behind a pooler that hands sessions on after each transaction, nobody reads another
shop's rows; with a search path that sessions remember, many would."""

import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from django.db import connection

from config.local.folders import PROJECT
from tests.support.pooler import Pooler
from tests.support.shops import TestShop
from tests.tenancy.pooler import scene

pytestmark = pytest.mark.xdist_group("processes")

STOCK = "django_tenants.postgresql_backend"
WAYS = 10
SHOPS = 3


def run_scene(pooler: Pooler, shops: list[TestShop], engine: str) -> tuple[dict[str, int], str]:
    """What the threads counted, and what they logged."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.tenancy.pooler.scene", *(one.schema for one in shops)],
        cwd=PROJECT,
        env={
            **os.environ,
            **pooler.environment(str(connection.settings_dict["NAME"])),
            "DJANGO_SETTINGS_MODULE": "tests.tenancy.pooler.settings",
            "SCENE_ENGINE": engine,
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr[-5000:]


@pytest.fixture
def shops(make_committed_shop: Callable[[], TestShop]) -> list[TestShop]:
    return [make_committed_shop() for _ in range(SHOPS)]


def test_no_read_of_another_shop(pooler: Pooler, shops: list[TestShop]) -> None:
    """Reads alone, in transactions, after aborted ones, in hooks, by iterator, prepared statement,
    task and request."""
    seen, told = run_scene(pooler, shops, "config.postgres")

    reads = SHOPS * scene.THREADS * scene.ROUNDS * WAYS
    assert seen == {"reads": reads, "wrong": 0, "failed": 0}, told


def test_a_path_that_sessions_remember_leaks(pooler: Pooler, shops: list[TestShop]) -> None:
    """Else the test above would prove nothing."""
    seen, told = run_scene(pooler, shops, STOCK)

    assert seen["wrong"] > seen["reads"] / 10, (seen, told)
