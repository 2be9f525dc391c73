"""Counting from many processes, reading what is stored, and who may see it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from apps.payments.states import known_failure
from apps.shared import metrics
from apps.shared.metrics import Reading
from tests.support.client import ShopClient
from tests.support.shops import TestShop

TOKEN = "a-token"
_COUNT = """
import os, signal
from apps.shared import metrics
metrics.ORDERS_CREATED.inc({orders})
metrics.PAYMENT_FAILURES.labels("{reason}").inc()
{end}
"""


def counted(text: bytes, sample: str) -> float:
    """The value of one line of the exposition."""
    found = re.search(rf"^{re.escape(sample)} (\S+)$", text.decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


def run(folder: Path, code: str) -> "subprocess.CompletedProcess[bytes]":
    """A process of its own that counts in this folder."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)},
        capture_output=True,
        check=False,
    )


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, metrics.Source]]:
    """Only the test's own."""
    found: dict[str, metrics.Source] = {}
    monkeypatch.setattr(metrics, "_SOURCES", found)
    return found


def ask(authorization: str = "", host: str = settings.PLATFORM_DOMAIN) -> HttpResponse:
    headers = {"host": host, **({"authorization": authorization} if authorization else {})}
    answer: HttpResponse = Client().get("/metrics", headers=headers)  # type: ignore[assignment]
    return answer


def test_what_processes_count_is_added_up_even_of_one_that_was_killed(tmp_path: Path) -> None:
    """A kill -9 loses no count; nobody has to say goodbye."""
    folder = tmp_path / "not" / "there" / "yet"
    end = "os.kill(os.getpid(), signal.SIGKILL)"
    first = run(folder, _COUNT.format(orders=2, reason="card_declined", end=""))
    killed = run(folder, _COUNT.format(orders=3, reason="card_declined", end=end))

    told = run(folder, "from apps.shared import metrics; print(metrics.exposition().decode())")

    assert (first.returncode, killed.returncode) == (0, -signal.SIGKILL)
    assert counted(told.stdout, "orders_created_total") == 5
    assert counted(told.stdout, 'payment_failures_total{reason="card_declined"}') == 2
    assert counted(told.stdout, "refund_failures_total") == 0
    names = [path.name for path in folder.iterdir()]
    assert all(re.fullmatch(r"counter_[^_]+-\d+\.db", name) for name in names), names


def test_a_fork_counts_for_itself(tmp_path: Path) -> None:
    """As the children of a Celery worker do."""
    end = "pid = os.fork()\nmetrics.ORDERS_CREATED.inc(10)\nif pid: os.waitpid(pid, 0)"
    done = run(tmp_path, _COUNT.format(orders=1, reason="other", end=end))
    assert done.returncode == 0, done.stderr

    told = run(tmp_path, "from apps.shared import metrics; print(metrics.exposition().decode())")

    assert counted(told.stdout, "orders_created_total") == 21


def test_what_is_rolled_back_is_not_counted(
    shop_a: TestShop, django_capture_on_commit_callbacks: object
) -> None:
    before = counted(metrics.exposition(), "refunds_requested_total")
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        with transaction.atomic():
            transaction.on_commit(metrics.REFUNDS_REQUESTED.inc)
            transaction.set_rollback(True)
        with transaction.atomic():
            transaction.on_commit(metrics.REFUNDS_REQUESTED.inc)

    assert counted(metrics.exposition(), "refunds_requested_total") == before + 1


def test_a_source_that_fails_hides_no_other(
    sources: dict[str, metrics.Source], caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> list[Reading]:
        raise ZeroDivisionError

    def works() -> list[Reading]:
        return [Reading(name="things", help="Some.", labels=("of",), values={("x",): 3})]

    sources.update({"broken": broken, "works": works})
    told = metrics.exposition()

    assert counted(told, 'things{of="x"}') == 3
    assert counted(told, 'metrics_source_failed{source="broken"}') == 1
    assert counted(told, 'metrics_source_failed{source="works"}') == 0
    assert "metrics.source_failed" in [one.message for one in caplog.records]


def test_what_providers_send_makes_no_new_labels() -> None:
    assert known_failure("insufficient_funds") == "insufficient_funds"
    assert known_failure("x" * 100) == "other"


def test_without_a_token_in_the_settings_there_is_no_page(db: None) -> None:
    assert settings.METRICS_TOKEN == ""
    answer = ask("Bearer ")
    assert (answer.status_code, b'"not_found"' in answer.content) == (404, True)


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}é"]
)
def test_only_the_bearer_of_the_token_sees_it(db: None, settings: object, given: str) -> None:
    settings.METRICS_TOKEN = TOKEN  # type: ignore[attr-defined]
    answer = ask(given)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert b"orders_created" not in answer.content


def test_the_bearer_of_the_token_sees_it_on_the_platform_s_host_alone(
    shop_a: TestShop, settings: object
) -> None:
    settings.METRICS_TOKEN = TOKEN  # type: ignore[attr-defined]
    answer = ask(f"Bearer {TOKEN}")

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    assert b"# TYPE orders_created_total counter" in answer.content
    assert ask(f"Bearer {TOKEN}", host=shop_a.domain).status_code == 404


def test_an_idempotency_key_used_twice_is_counted(client_a: ShopClient) -> None:
    """IDEM-002."""
    sample = 'idempotency_conflicts_total{code="idempotency_key_reused"}'
    before = counted(metrics.exposition(), sample)
    client_a.post("carts", {"email": "ada@shopper.example"}, idempotency_key="same")
    answer = client_a.post("carts", {"email": "bob@shopper.example"}, idempotency_key="same")

    assert answer.status_code == 409
    assert counted(metrics.exposition(), sample) == before + 1
