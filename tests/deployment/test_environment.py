"""`.env.example` and docker-compose.yml say what the settings read and what `up` runs."""

import itertools
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from apps.shared.events import QUEUES
from config.local.supervisor.programs import STOP_ORDER

ROOT = Path(__file__).parents[2]
# Read by manage.py and Django, not through django-environ.
READ_ELSEWHERE = {"DJANGO_SETTINGS_MODULE", "GALLERIA_NO_BOOTSTRAP"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    made: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return made


def settings_read() -> set[str]:
    sources = (ROOT / "config" / "settings").rglob("*.py")
    return {
        name
        for source in sources
        for name in re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source.read_text())
    }


def commands(compose: dict[str, Any]) -> dict[str, list[str]]:
    return {name: service.get("command", []) for name, service in compose["services"].items()}


def test_the_example_documents_what_the_settings_read() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    documented = [line.partition("=")[0] for line in lines if line and not line.startswith("#")]
    assert sorted(documented) == sorted({*settings_read(), "DJANGO_SETTINGS_MODULE"})
    for before, line in itertools.pairwise(lines):
        if line and not line.startswith("#"):
            assert before.startswith("#") or "=" in before, f"{line} is not explained"


def test_compose_is_valid() -> None:
    """Against the Compose Specification's own schema, as check-jsonschema ships it."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema"),
            *("--builtin-schema", "vendor.compose-spec", str(ROOT / "docker-compose.yml")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_schema_check_can_fail(tmp_path: Path) -> None:
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text(json.dumps({"services": {"web": {"imagine": "x"}}}))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema"),
            *("--builtin-schema", "vendor.compose-spec", str(wrong)),
        ],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1


def test_compose_sets_only_what_somebody_reads(compose: dict[str, Any]) -> None:
    assert set(compose["x-environment"]) <= settings_read() | READ_ELSEWHERE


def test_compose_sets_all_that_up_would(compose: dict[str, Any]) -> None:
    """What the embedded servers would provide must come from the environment there."""
    provided_by_up = {
        *("DATABASE_URL", "REDIS_URL", "PG_DUMP", "MEDIA_ROOT", "PRIVATE_MEDIA_ROOT"),
        *("DJANGO_SETTINGS_MODULE", "PLATFORM_DOMAIN", "EMAIL_URL", "STRIPE_API_BASE"),
        *("PAYPAL_API_BASE", "PAYPAL_ROOTS_FILE", "RAZORPAY_API_BASE", "BAKONG_API_BASE"),
        *("HTTP_PORT", "GALLERIA_NO_BOOTSTRAP", "PROMETHEUS_MULTIPROC_DIR"),
    }
    assert set(compose["x-environment"]) == provided_by_up


def test_compose_runs_what_up_runs(compose: dict[str, Any]) -> None:
    services = {name.partition("-")[0] for name in compose["services"]}
    run_by_up = {name for group in STOP_ORDER for name in group}
    assert services | {"demo"} == run_by_up


def test_every_queue_has_a_worker_of_its_own(compose: dict[str, Any]) -> None:
    workers = {name: command for name, command in commands(compose).items() if "-Q" in command}
    served = [command[command.index("-Q") + 1] for command in workers.values()]
    assert sorted(served) == sorted(QUEUES)
    assert set(workers) == {f"worker-{queue}" for queue in QUEUES}


def test_every_app_service_has_the_same_environment(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if name not in {"postgres", "valkey", "simulator"}:
            assert service["environment"] == compose["x-environment"], name


def test_images_are_official_and_pinned_to_a_version(compose: dict[str, Any]) -> None:
    images = {service["image"] for service in compose["services"].values()} - {"galleria"}
    assert images == {"postgres:18", "valkey/valkey:9"}
    recipe = compose["services"]["simulator"]["build"]["dockerfile_inline"]
    assert "FROM python:3.13-slim" in recipe
    assert "--require-hashes" in recipe
    assert "USER galleria" in recipe


def test_nothing_listens_beyond_this_machine(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")
