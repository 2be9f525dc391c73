"""Events end to end, with two worker processes: from the commit that writes an event to the commit
of its effect, which marks its delivery done.

First the rate: a backlog in all shops, written while the relay is stopped, is worked off. Then the
lag: events are written at half that rate, by transactions of some events each. Then fairness: one
shop has a large backlog, and another one writes an event now and then. Both ends are
PostgreSQL's own commit timestamps. The handler writes one row (benchmarks/probed).
"""

import itertools
import os
import signal
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

from benchmarks.driver import quantile
from benchmarks.platform import Bench, running
from benchmarks.probed.writer import write
from benchmarks.report import show
from benchmarks.shops import BenchShop, make_shop

SHOPS, BACKLOG, ROUNDS, SECONDS, NOISY = 20, 20_000, 3, 15.0, 50_000
_WRITTEN_AT_ONCE, _PER_TRANSACTION = 500, 25
_QUIET_PAUSE_SECONDS = 0.1
_PARTS = ("relay", "worker", "postgres", "valkey")
_SETTLE_SECONDS = 300.0
_SETTINGS = "benchmarks.probed.settings"


def main(*, quick: bool = False) -> None:
    """Measure and print; the last line is one JSON object."""
    shop_count, backlog, rounds = (2, 400, 1) if quick else (SHOPS, BACKLOG, ROUNDS)
    timestamps = {"track_commit_timestamp": "on"}
    with running(with_web=False, with_workers=True, settings=_SETTINGS, tuned=timestamps) as bench:
        shops = [_make_shop(f"bench-{number}") for number in range(shop_count)]
        _work_off(bench, shops, "warm-up", backlog // 4)
        measured = [_work_off(bench, shops, f"rate-{n}", backlog) for n in range(rounds)]
        rate = statistics.median(one["events/s"] for one in measured)
        seconds = 2.0 if quick else SECONDS
        lags = _lags(shops, "lag", rate=rate / 2, seconds=seconds)
        quiet = _lags_beside_noisy(shops[0], shops[1], 2_000 if quick else NOISY)
    _report(measured, lags, quiet, rate=rate / 2)


def _make_shop(slug: str) -> BenchShop:
    from benchmarks.probed.events import EFFECTS_DDL

    shop = make_shop(slug, products=1)
    with connection.cursor() as cursor:
        cursor.execute(EFFECTS_DDL.format(connection.ops.quote_name(shop.schema)))
    return shop


def _work_off(bench: Bench, shops: Sequence[BenchShop], run: str, count: int) -> dict[str, float]:
    """Events per second, and CPU milliseconds of each part per event."""
    with _stopped(bench.pids["relay"]):
        for shop, size in _portions(shops, count, _WRITTEN_AT_ONCE):
            write(shop.schema, run, size)
        began = _database_time()
        before = bench.cpu()
    _wait_until_done(shops, run)
    used = bench.cpu_since(before)
    took = max(_commits(shops, run)) - began
    return {
        "events/s": count / took,
        **{f"{part} ms": used[part] * 1000 / count for part in _PARTS},
    }


@contextmanager
def _stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _lags(shops: Sequence[BenchShop], run: str, *, rate: float, seconds: float) -> list[float]:
    """Write `rate` events a second; seconds from commit to commit, of each."""
    start = time.perf_counter()
    written = 0
    for shop, size in _portions(shops, int(rate * seconds), _PER_TRANSACTION):
        # At the rate that is asked for.
        time.sleep(max(0.0, start + written / rate - time.perf_counter()))
        write(shop.schema, run, size)
        written += size
    took = time.perf_counter() - start
    print(f"written {written / took:.0f}/s of {rate:.0f}/s wanted")
    _wait_until_done(shops, run)
    return [lag for shop in shops for lag in _lags_of(shop, run)]


def _portions(
    shops: Sequence[BenchShop], count: int, at_once: int
) -> Iterator[tuple[BenchShop, int]]:
    """`count` in all, the shops in turn."""
    sizes = [at_once] * (count // at_once) + ([count % at_once] if count % at_once else [])
    return zip(itertools.cycle(shops), sizes)


def _lags_beside_noisy(noisy: BenchShop, quiet: BenchShop, backlog: int) -> list[float]:
    """Seconds from commit to commit of each event that `quiet` writes while `noisy` has `backlog`
    events before it, and less and less of them."""
    for _, size in _portions([noisy], backlog, 10_000):
        write(noisy.schema, "noisy", size)
    while _rows(
        f"SELECT 1 FROM {noisy.schema}.outbox_eventdelivery WHERE state = 'pending' LIMIT 1"
    ):
        write(quiet.schema, "quiet", 1)
        time.sleep(_QUIET_PAUSE_SECONDS)
    _wait_until_done([noisy], "noisy")
    _wait_until_done([quiet], "quiet")
    return _lags_of(quiet, "quiet")


def _wait_until_done(shops: Sequence[BenchShop], run: str) -> None:
    """Until nothing waits; then each event must have had its effect, once."""
    open_work = " UNION ALL ".join(
        f"(SELECT 1 FROM {one.schema}.outbox_eventdelivery WHERE state <> 'done' LIMIT 1)"
        for one in shops
    )
    deadline = time.monotonic() + _SETTLE_SECONDS
    while _rows(open_work):
        if time.monotonic() > deadline:
            raise TimeoutError("events are still open")
        time.sleep(0.1)
    for shop in shops:
        ((events, effects),) = _rows(
            f"SELECT (SELECT count(*) FROM {shop.schema}.outbox_domainevent"
            f" WHERE payload ->> 'run' = '{run}'),"
            f" (SELECT count(*) FROM {shop.schema}.probed_effect WHERE run = '{run}')"
        )
        if events != effects:
            raise AssertionError(f"{shop.slug}: {events} events had {effects} effects")


def _commits(shops: Sequence[BenchShop], run: str) -> list[float]:
    """For each shop, when its last delivery was done, in seconds since 1970."""
    statements = [
        f"SELECT extract(epoch FROM max(pg_xact_commit_timestamp(xmin)))"
        f" FROM {shop.schema}.probed_effect WHERE run = '{run}'"
        for shop in shops
    ]
    found = [row[0] for statement in statements for row in _rows(statement)]
    return [float(one) for one in found if one is not None]


def _lags_of(shop: BenchShop, run: str) -> list[float]:
    rows = _rows(
        f"SELECT extract(epoch FROM pg_xact_commit_timestamp(delivery.xmin)"
        f"   - pg_xact_commit_timestamp(event.xmin))"
        f" FROM {shop.schema}.outbox_eventdelivery AS delivery"
        f" JOIN {shop.schema}.outbox_domainevent AS event ON event.id = delivery.event_id"
        f" WHERE event.payload ->> 'run' = '{run}'"
    )
    return [float(row[0]) for row in rows]


def _database_time() -> float:
    return float(_rows("SELECT extract(epoch FROM clock_timestamp())")[0][0])


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def _report(
    measured: list[dict[str, float]], lags: list[float], quiet: list[float], *, rate: float
) -> None:
    medians = {key: statistics.median(one[key] for one in measured) for key in measured[0]}
    p50, p99 = quantile(lags, 0.5), quantile(lags, 0.99)
    row = {
        **{key: round(value, 3) for key, value in medians.items()},
        "lag at": f"{rate:.0f}/s",
        "lag p50 ms": round(p50, 1),
        "lag p99 ms": round(p99, 1),
        "quiet p99 ms": round(quantile(quiet, 0.99), 1),
    }
    result = {
        "events_per_s": round(medians["events/s"], 1),
        "lag_at_per_s": round(rate, 1),
        "lag_p50_ms": round(p50, 1),
        "lag_p99_ms": round(p99, 1),
        "quiet_lag_p50_ms_beside_noisy": round(quantile(quiet, 0.5), 1),
        "quiet_lag_p99_ms_beside_noisy": round(quantile(quiet, 0.99), 1),
        "quiet_events": len(quiet),
        **{f"{part}_cpu_ms": round(medians[f"{part} ms"], 4) for part in _PARTS},
    }
    show("events", [row], result)
