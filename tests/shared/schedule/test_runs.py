"""A run of a job, a shop and a period is one worker's, and is done once."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.shared import clock, fan_out
from apps.shared.errors import Unavailable
from apps.shared.fan_out import Job, send_in_batches, work_in_shops
from apps.shared.schedule import runs
from apps.shared.schedule.models import ScheduledRun
from apps.shared.schema import PUBLIC, current_schema, use_schema
from tenants.models import Tenant
from tests.support.shops import TestShop
from tests.support.threads import race

DAY = datetime(2026, 11, 21, tzinfo=UTC)
NOON = DAY + timedelta(hours=12)
NEXT = DAY + timedelta(days=1)
LEASE = timedelta(minutes=10)
JOB = Job(name="count", every=fan_out.DAILY, log="count.failed", lease=LEASE)


def take(schema: str, *, period: datetime = DAY, now: datetime = NOON) -> int | None:
    return runs.take_run(job="count", period=period, schema_name=schema, lease=LEASE, now=now)


def finish(schema: str, token: int, *, now: datetime = NOON) -> bool:
    return runs.leave_run(job="count", schema_name=schema, token=token, done_at=now)


def open_of(*schemas: str, period: datetime = DAY, now: datetime = NOON) -> list[str]:
    return runs.open_runs(job="count", period=period, shops=schemas, now=now)


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


class Message:
    """A task that only keeps what it is sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[list[str], str]] = []

    def apply_async(self, *, kwargs: dict[str, object], **_: object) -> None:
        self.sent.append((kwargs["shops"], kwargs["period"]))  # type: ignore[arg-type]


def send(*schemas: str) -> list[tuple[list[str], str]]:
    task = Message()
    send_in_batches(task, job=JOB, schema_name=PUBLIC, shops=schemas)
    return task.sent


@pytest.mark.parametrize(
    ("every", "begun"),
    [
        (timedelta(seconds=10), datetime(2026, 11, 21, 17, 49, 20, tzinfo=UTC)),
        (fan_out.MINUTELY, datetime(2026, 11, 21, 17, 49, tzinfo=UTC)),
        (fan_out.HOURLY, datetime(2026, 11, 21, 17, tzinfo=UTC)),
        (fan_out.DAILY, DAY),
    ],
)
def test_a_period_begins_where_all_machines_say_so(every: timedelta, begun: datetime) -> None:
    at = datetime(2026, 11, 21, 17, 49, 28, 123456, tzinfo=UTC)
    assert runs.period_of(at, every=every) == begun
    assert runs.period_of(begun, every=every) == begun


def test_what_is_done_is_done_for_its_period(shop_a: TestShop) -> None:
    token = take("shop_x")
    assert token is not None
    assert take("shop_x") is None
    assert finish("shop_x", token)

    assert take("shop_x") is None
    assert take("shop_x", period=DAY - timedelta(days=1)) is None, "a message that came late"
    assert open_of("shop_y", "shop_x") == ["shop_y"]
    assert take("shop_x", period=NEXT, now=NEXT) is not None
    assert ScheduledRun.objects.filter(schema_name="shop_x").count() == 1


def test_other_shops_and_jobs_have_runs_of_their_own(shop_a: TestShop) -> None:
    assert take("shop_x") is not None
    assert take("shop_y") is not None
    other = runs.take_run(job="other", period=DAY, schema_name="shop_x", lease=LEASE, now=NOON)
    assert other is not None


def test_a_run_whose_worker_died_is_taken_up_after_its_lease(shop_a: TestShop) -> None:
    first = take("shop_x")
    assert first is not None
    assert open_of("shop_x", now=NOON + LEASE - timedelta(seconds=1)) == []
    assert take("shop_x", now=NOON + LEASE - timedelta(seconds=1)) is None

    later = NOON + LEASE
    assert open_of("shop_x", now=later) == ["shop_x"]
    second = take("shop_x", now=later)

    assert second is not None
    assert not finish("shop_x", first, now=later), "the dead one lived, and is too late"
    assert ScheduledRun.objects.get(schema_name="shop_x").done_at is None
    assert finish("shop_x", second, now=later)


def test_the_next_period_waits_for_a_run_that_is_under_way(shop_a: TestShop) -> None:
    take("shop_x", now=NEXT - timedelta(minutes=1))
    assert take("shop_x", period=NEXT, now=NEXT) is None
    assert take("shop_x", period=NEXT, now=NEXT + LEASE) is not None


def test_a_clock_that_was_wrong_holds_up_nothing(shop_a: TestShop) -> None:
    token = take("shop_x", period=NEXT, now=NEXT)
    assert token is not None
    finish("shop_x", token)
    assert open_of("shop_x") == ["shop_x"]
    assert take("shop_x") is not None


def test_two_workers_at_once_do_each_shop_once(committed_shop: TestShop, noon: None) -> None:
    """Two beats, or a message that came twice."""
    done: list[str] = []

    def work() -> int:
        done.append(current_schema())
        return 1

    def worker() -> int:
        shops = [committed_shop.schema, "shop_test_a", "shop_test_b"]
        return work_in_shops(shops, work, job=JOB, period=DAY.isoformat())

    counts = race(committed_shop, *[worker] * 4)
    with use_schema(PUBLIC):
        ScheduledRun.objects.all().delete()

    assert sum(int(str(count)) for count in counts) == 3
    assert sorted(done) == sorted([committed_shop.schema, "shop_test_a", "shop_test_b"])


def test_only_one_of_two_takes_up_what_was_left(committed_shop: TestShop) -> None:
    schema = committed_shop.schema
    take(schema)

    tokens = race(committed_shop, *[lambda: take(schema, now=NOON + LEASE)] * 4)

    assert sorted(token is not None for token in tokens) == [False, False, False, True]


def test_a_run_that_fails_is_sent_again_in_its_period(
    shop_a: TestShop, noon: None, caplog: pytest.LogCaptureFixture
) -> None:
    ours, period = shop_a.schema, DAY.isoformat()

    def fail() -> int:
        raise ZeroDivisionError

    assert send(ours) == [([ours], period)]
    assert work_in_shops([ours], fail, job=JOB, period=period) == 0
    assert "count.failed" in [one.message for one in caplog.records]
    assert send(ours) == [([ours], period)]
    assert work_in_shops([ours], lambda: 7, job=JOB, period=period) == 7
    assert work_in_shops([ours], lambda: 7, job=JOB, period=period) == 0
    assert send(ours) == []


def test_shops_that_were_left_out_for_a_silent_provider_are_sent_again(
    shop_a: TestShop, shop_b: TestShop, noon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fan_out, "SILENT_SHOPS", 1)
    shops = [shop_a.schema, shop_b.schema]

    def unavailable() -> int:
        raise Unavailable

    work_in_shops(shops, unavailable, job=JOB, period=DAY.isoformat())

    assert send(*shops) == [(shops, DAY.isoformat())]


def test_a_shop_that_was_suspended_meanwhile_is_left_out(
    shop_a: TestShop, shop_b: TestShop, noon: None
) -> None:
    """TEN-002."""
    with use_schema(PUBLIC):
        Tenant.objects.filter(schema_name=shop_b.schema).update(status="suspended")
    worked: list[str] = []

    def work() -> int:
        worked.append(current_schema())
        return 1

    shops = [shop_a.schema, shop_b.schema, "shop_nowhere", PUBLIC]
    assert work_in_shops(shops, work, job=JOB, period=DAY.isoformat()) == 1
    assert worked == [shop_a.schema]
    assert ScheduledRun.objects.count() == 1


def test_without_a_period_the_work_is_done_as_often_as_it_is_asked_for(shop_a: TestShop) -> None:
    for _ in range(2):
        assert work_in_shops([shop_a.schema], lambda: 1, job=JOB, period=None) == 1
    assert ScheduledRun.objects.count() == 0


def test_old_rows_are_forgotten(shop_a: TestShop) -> None:
    take("shop_gone", now=NOON)
    assert runs.forget_old_runs(now=DAY + runs.KEPT_FOR) == 0
    assert runs.forget_old_runs(now=DAY + runs.KEPT_FOR + timedelta(seconds=1)) == 1
    assert ScheduledRun.objects.count() == 0
