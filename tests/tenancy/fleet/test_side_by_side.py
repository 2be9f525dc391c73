"""M1: two versions serve the same shops while a fleet is migrated, and nobody notices.

Whoever stands before them asks the new version, and the old one for shops that lag, as nginx does
with `proxy_next_upstream http_503 non_idempotent` (docs/guides/migrations.md).
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from apps.shared.schema import PUBLIC, use_schema
from config.local.folders import PROJECT
from config.local.supervisor.child import Program
from config.local.unprivileged import launched
from tenants.models import ShopMigration, Tenant
from tenants.states import MigrationState
from tests.support import databases
from tests.support.goods import make_variant
from tests.support.platform import free_port
from tests.support.processes import ManagedProcess
from tests.support.shops import TestShop, make_shop, use_shop
from tests.support.waiting import eventually

pytestmark = pytest.mark.xdist_group("processes")

OLD, NEW = "config.settings.test", "tests.tenancy.fleet.next_version.settings"
_SECONDS = 60.0
_LONGEST_LOCK_WAIT = """
    SELECT coalesce(extract(epoch FROM max(clock_timestamp() - waitstart)), 0)
    FROM pg_locks WHERE NOT granted
"""


@dataclass
class Versions:
    """Both versions' web servers, on one database."""

    folder: Path
    database: str
    ports: dict[str, int] = field(default_factory=dict)
    processes: list[ManagedProcess] = field(default_factory=list)

    def environment(self, settings: str) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if "PYTEST" not in key}
        return inherited | {
            "DJANGO_SETTINGS_MODULE": settings,
            "DATABASE_URL": databases.url_of(self.database),
            "GALLERIA_NO_BOOTSTRAP": "1",
        }

    def serve(self, settings: str) -> None:
        port = self.ports[settings] = free_port()
        command = [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--workers", "1"),
            *("--blocking-threads", "4", "--host", "127.0.0.1", "--port", str(port)),
            "config.wsgi:application",
        ]
        program = Program(
            name=settings,
            command=lambda: launched(command, death_signal=signal.SIGKILL),
            environment=self.environment(settings),
            folder=PROJECT,
        )
        process = ManagedProcess(program, self.folder / f"{settings}.log")
        process.start()
        self.processes.append(process)
        eventually(lambda: self._answers(port), seconds=_SECONDS, what=f"{settings} answers")

    def _answers(self, port: int) -> bool:
        try:
            return ask(port, "galleria.localhost", "GET", "/health/live")[0] == 200
        except OSError:
            return False

    def fleet(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "manage.py", "fleet", *arguments],
            cwd=PROJECT,
            env=self.environment(NEW),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def ask(port: int, host: str, method: str, path: str, body: object = None) -> tuple[int, dict]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        text = None if body is None else json.dumps(body)
        connection.request(
            method, path, body=text, headers={"Host": host, "Content-Type": "application/json"}
        )
        answer = connection.getresponse()
        told = answer.read()
        return answer.status, json.loads(told) if told.startswith(b"{") else {}
    finally:
        connection.close()


@pytest.fixture
def versions(
    django_db_setup: None, django_db_blocker: object, tmp_path: Path
) -> Iterator[Versions]:
    name = f"galleria_side_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        databases.copy_of_template(name)
        both = Versions(tmp_path, name)
        with databases.use_database(name):
            try:
                yield both
            finally:
                for process in both.processes:
                    process.kill()
                databases.drop(name)


class Shoppers:
    """They browse and fill carts in all shops, at the new version first, and note what fails."""

    def __init__(self, versions: Versions, shops: list[TestShop]) -> None:
        self._ports = versions.ports
        self._shops = shops
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._shop, args=(one,)) for one in range(3)]
        self._watcher = threading.Thread(target=self._watch, args=(versions.database,))
        self.failed: list[object] = []
        self.longest_wait = 0.0
        self.answers: dict[str, int] = {OLD: 0, NEW: 0}

    def __enter__(self) -> "Shoppers":
        for one in (*self._threads, self._watcher):
            one.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for one in (*self._threads, self._watcher):
            one.join()

    def _shop(self, first: int) -> None:
        number = first
        while not self._is_over.is_set():
            shop = self._shops[number % len(self._shops)]
            number += 1
            try:
                self._visit(shop)
            except (OSError, http.client.HTTPException) as error:
                self.failed.append((shop.slug, repr(error)))

    def _visit(self, shop: TestShop) -> None:
        listed = self._ask(shop, "GET", "/api/v1/products")
        if listed is None:
            return
        assert listed["data"], "goods are listed"
        cart = self._ask(shop, "POST", "/api/v1/carts", {"email": "ada@shopper.example"})
        if cart is not None:
            self._ask(shop, "GET", f"/api/v1/products/{listed['data'][0]['id']}")

    def _ask(self, shop: TestShop, method: str, path: str, body: object = None) -> dict | None:
        for version in (NEW, OLD):
            status, told = ask(self._ports[version], shop.domain, method, path, body)
            if status == 503 and told.get("code") == "tenant_migrating":
                continue
            self.answers[version] += 1
            if status >= 400:
                self.failed.append((version, shop.slug, method, path, status, told))
                return None
            return told
        self.failed.append((shop.slug, "refused by both"))
        return None

    def _watch(self, database: str) -> None:
        with psycopg.connect(databases.url_of(database), autocommit=True) as watching:
            while not self._is_over.is_set():
                (waited,) = watching.execute(_LONGEST_LOCK_WAIT).fetchone() or (0,)
                self.longest_wait = max(self.longest_wait, float(waited))
                time.sleep(0.02)


def done() -> int:
    with use_schema(PUBLIC):
        return ShopMigration.objects.filter(state=MigrationState.DONE).count()


def fingerprints() -> dict[str, str]:
    with use_schema(PUBLIC):
        return dict(Tenant.objects.exclude(schema_name=PUBLIC).values_list("slug", "fingerprint"))


def spoil(shop: TestShop) -> Callable[[], None]:
    """The new column is there already, for whatever reason. Returns how it is mended."""
    from django.db import connection

    def run(statement: str) -> None:
        with use_shop(shop), connection.cursor() as cursor:
            cursor.execute(statement)

    run("ALTER TABLE catalog_product ADD COLUMN badge integer")
    return lambda: run("ALTER TABLE catalog_product DROP COLUMN badge")


@pytest.mark.parametrize("count", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_no_request_fails_while_a_fleet_is_migrated_beside_the_old_version(
    versions: Versions, count: int
) -> None:
    shops = [make_shop(slug=f"side-{number:03}") for number in range(count)]
    for shop in shops:
        with use_shop(shop):
            make_variant()
    bad = shops[count // 2]
    mend = spoil(bad)
    before = fingerprints()[bad.slug]
    versions.serve(OLD)
    versions.serve(NEW)
    with Shoppers(versions, shops) as shoppers:
        killed = versions.fleet("migrate", "--workers", "2", "--canary", shops[0].slug)
        eventually(lambda: done() >= 5 or killed.poll() is not None, seconds=120, what="five")
        killed.kill()
        killed.communicate()
        after_kill = done()
        second = versions.fleet("migrate", "--workers", "2")
        told, complained = second.communicate(timeout=600)
        late = fingerprints()
    assert killed.returncode == -signal.SIGKILL
    assert 5 <= after_kill < count
    assert shoppers.failed == []
    assert shoppers.answers[OLD] > 0
    assert shoppers.answers[NEW] > 0
    assert shoppers.longest_wait < 1.0
    assert second.returncode == 1, complained
    assert "1 failed, 0 not begun" in told
    assert f"{bad.schema}: failed at catalog.1000_badge" in complained
    assert late.pop(bad.slug) == before
    assert len(set(late.values())) == 1
    assert before not in late.values()
    mend()
    third = versions.fleet("migrate")
    told, complained = third.communicate(timeout=120)
    assert (third.returncode, "1 shops brought up to date" in told) == (0, True), complained
    assert len(set(fingerprints().values())) == 1
    for shop in (bad, shops[0]):
        assert ask(versions.ports[NEW], shop.domain, "GET", "/api/v1/products")[0] == 200
