"""Each benchmark runs, and ends with the figures that others read. The figures prove nothing here:
the machine is busy with other tests."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from config.local.folders import PROJECT

# One at a time: each uses all of the machine.
pytestmark = pytest.mark.xdist_group("benchmarks")
_SECONDS = 240.0
_OUTER = ("DATABASE_URL", "REDIS_URL", "STRIPE_SECRET_KEY", "DJANGO_SETTINGS_MODULE")


def quick(name: str) -> dict[str, Any]:
    """The JSON object of a short run, as `manage.py bench` starts it."""
    variables = {key: value for key, value in os.environ.items() if key not in _OUTER}
    done = subprocess.run(
        [sys.executable, str(PROJECT / "manage.py"), "bench", name, "--quick"],
        env={**variables, "GALLERIA_NO_BOOTSTRAP": "1"},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert result.pop("benchmark") == name
    # What was not measured is null, not 0: pgbench's scripts may not be there.
    assert all(value is None or value >= 0 for value in result.values()), result
    return result


def test_checkout() -> None:
    result = quick("checkout")

    wanted = {"orders_per_s_16", "ratio_pgbench_16", "app_cpu_ms", "pg_cpu_ms", "driver_cpu_ms"}
    assert result.keys() >= wanted
    assert result["orders_per_s_16"] > 0


def test_hot_sells_what_there_is_and_no_more() -> None:
    result = quick("hot")

    assert result["orders_per_s"] > 0
    assert (result["sold"], result["oversold"]) == (result["units"], 0)
    assert (result["errors_5xx"], result["other_answers"]) == (0, 0)


def test_browse() -> None:
    result = quick("browse")

    wanted = {"list_rps_2k", "list_ratio_2k_100", "product_rps_2k", "driver_cpu_ms"}
    assert result.keys() >= wanted
    assert result["list_rps_2k"] > 0
    assert (result["list_rps_100k"], result["list_ratio_100k_1k"]) == (None, None)


def test_purchase_goes_to_its_end() -> None:
    """It waits until every order is paid; and with documents, until every event but those put off
    is acted on and every mail sent."""
    result = quick("purchase")

    parts = ("web", "relay", "worker", "postgres", "valkey")
    whole = sum(result[f"{part}_cpu_ms"] for part in parts)
    assert result["cpu_ms_per_purchase"] == pytest.approx(whole, abs=0.01)
    whole = sum(result[f"documents_{part}_cpu_ms"] for part in parts)
    assert result["cpu_ms_with_documents"] == pytest.approx(whole, abs=0.01)
    assert result["purchases_per_s"] > 0


def test_tenants() -> None:
    """It fails when a shop that was asked for does not answer."""
    result = quick("tenants")

    names = ("create_s", "command_s", "disk_mb_per_shop", "p50_one_ms", "p50_turn_ms")
    assert result.keys() >= {f"{name}_{count}" for name in names for count in (1, 6)}
    assert result["p50_turn_ms_ratio_6_1"] > 0


def test_events_act_once_each() -> None:
    """It fails when an event had no effect, and the table of effects refuses a second one."""
    result = quick("events")

    parts = ("relay", "worker", "postgres", "valkey")
    wanted = {"lag_p99_ms", "lag_p50_ms", "lag_at_per_s", *(f"{part}_cpu_ms" for part in parts)}
    assert result.keys() >= wanted
    assert result["events_per_s"] > 0


def test_fleet() -> None:
    result = quick("fleet")

    wanted = {
        "noop_ms_per_tenant",
        "migrate_ms_per_tenant",
        "stock_noop_ms_per_tenant",
        "prepare_s",
    }
    assert result.keys() >= wanted
    assert result["shops"] == 4
