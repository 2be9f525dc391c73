"""I6: what pruning deletes, and what it never does."""

from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app

from apps.shared import clock
from apps.shared.idempotency.models import IdempotencyRecord
from apps.shared.idempotency.prune import prune_records
from tenants.tasks import prune_keys_in_shops
from tests.support.shops import TestShop, use_shop
from tests.support.threads import race

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(hours=24)


def record(key: str, *, age: timedelta, locked_until: datetime | None = None) -> None:
    IdempotencyRecord.objects.create(
        scope=key.encode().ljust(32, b"."),
        key=key,
        method="POST",
        path="/",
        fingerprint=b"f" * 32,
        status_code=None if locked_until else 201,
        locked_until=locked_until,
        created_at=NOW - age,
    )


def keys() -> set[str]:
    return set(IdempotencyRecord.objects.values_list("key", flat=True))


def test_only_what_is_over_goes(committed_shop: TestShop) -> None:
    second = timedelta(seconds=1)
    record("a day old", age=DAY)
    record("older", age=3 * DAY)
    record("not yet", age=DAY - second)
    record("under way", age=2 * DAY, locked_until=NOW + second)
    record("its process died", age=2 * DAY, locked_until=NOW - second)

    assert prune_records(now=NOW, most=100) == 3
    assert keys() == {"not yet", "under way"}
    assert prune_records(now=NOW, most=100) == 0


def test_it_stops_at_most(committed_shop: TestShop) -> None:
    for number in range(5):
        record(f"key {number}", age=DAY + timedelta(hours=number))
    assert prune_records(now=NOW, most=2) == 2
    assert keys() == {"key 0", "key 1", "key 2"}, "the oldest go first"


def test_two_at_once_delete_each_key_once(committed_shop: TestShop) -> None:
    for number in range(50):
        record(f"key {number}", age=DAY)

    def prune() -> int:
        return prune_records(now=NOW, most=100)

    counts = race(committed_shop, prune, prune, prune)
    assert sum(counts) == 50  # type: ignore[arg-type]
    assert keys() == set()


def test_beat_prunes_each_shop(committed_shop: TestShop, monkeypatch: pytest.MonkeyPatch) -> None:
    record("old", age=DAY)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    planned = current_app.conf.beat_schedule["prune-idempotency-keys"]

    prune_keys_in_shops(schema_name="public", shops=[committed_shop.schema])

    assert planned["task"] == "tenants.prune_keys_everywhere"
    with use_shop(committed_shop):
        assert keys() == set()
