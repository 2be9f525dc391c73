"""Whole purchases, as a storefront and its shopper make them, to the mail with the invoice.

Each: a cart, two lines, an address, the shipping methods, the choice of one, completion, the start
of the payment, and the confirmation at the provider's simulator, which then calls our webhook.
Relay and worker do what follows. Two figures: until the order is paid and the books say so, which
is what other systems' figures hold; and until the invoice is issued, drawn and stored and the mail
is sent. They are measured in turn, in the first with the documents put off (benchmarks/held.py).

CPU is that of web, relay, worker, PostgreSQL and Valkey. The simulator stands in for a provider and
a mail server: its share is stated, and not counted. The same goes for the driver.

At last the same purchases once more, all of them one call after the other: what each call costs.
"""

import itertools
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection

from benchmarks.driver import quantile
from benchmarks.held import held, make_holdable
from benchmarks.journeys import Journey, Journeys, run_in_step, run_journeys
from benchmarks.platform import Bench, running
from benchmarks.report import show, table
from benchmarks.shoppers import make_paying_shop, purchases
from benchmarks.shops import BenchShop
from benchmarks.warm_up import WARM_UP_REQUESTS

SHOPS, PRODUCTS, CLIENTS = 20, 1000, 8
ROUNDS, SECONDS, IN_STEP = 3, 10, 200
# Worker and relay have few connections: so many purchases a shop warm their part.
_WARM_UP_DOCUMENTS = 6
OURS = ("web", "relay", "worker", "postgres", "valkey")
_SETTLE_SECONDS = 300.0
_STATEMENTS = "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements WHERE toplevel"


@dataclass(frozen=True)
class Measured:
    """What came of one round: its journeys, seconds until all was done, CPU ms per purchase."""

    came: Journeys
    took: float
    cpu: dict[str, float]

    @property
    def whole(self) -> float:
        return sum(self.cpu[name] for name in OURS)


def main(*, quick: bool = False) -> None:
    """Measure and print; the last line is one JSON object."""
    shops_wanted, rounds, seconds, in_step = (
        (2, 1, 1, 4) if quick else (SHOPS, ROUNDS, SECONDS, IN_STEP)
    )
    with running(with_workers=True) as bench:
        shops = [
            make_paying_shop(bench, f"bench-{n}", products=PRODUCTS) for n in range(shops_wanted)
        ]
        make_holdable(shops)
        with connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        warmed = _warm_up(bench, shops, quick=quick)
        print(f"warmed up by {warmed} purchases, {warmed // len(shops)} in each shop")
        endless = purchases(bench, shops)
        paid, documented = [], []
        for _ in range(rounds):
            with held():
                paid.append(_measure(bench, shops, endless, seconds))
            documented.append(_measure(bench, shops, endless, seconds))
        with held():
            steps = _in_step(bench, shops, list(itertools.islice(endless, in_step)))
    _report(paid, documented, steps)


def _warm_up(bench: Bench, shops: Sequence[BenchShop], *, quick: bool) -> int:
    """Let (nearly) every web connection serve every call in every shop; how many purchases."""
    bare, whole = (2, 1) if quick else (WARM_UP_REQUESTS, _WARM_UP_DOCUMENTS)
    for shop in shops:
        of_shop = purchases(bench, [shop])
        with held():
            run_journeys(itertools.islice(of_shop, bare), clients=CLIENTS)
            _wait_until_settled([shop])
        run_journeys(itertools.islice(of_shop, whole), clients=CLIENTS)
    _wait_until_settled(shops)
    return len(shops) * (bare + whole)


def _measure(
    bench: Bench, shops: Sequence[BenchShop], endless: Iterator[Journey], seconds: float
) -> Measured:
    before, start = bench.cpu(), time.perf_counter()
    came = run_journeys(endless, clients=CLIENTS, seconds=seconds)
    _wait_until_settled(shops)
    took = time.perf_counter() - start
    cpu = {name: used * 1000 / came.done for name, used in bench.cpu_since(before).items()}
    return Measured(came, took, cpu)


def _in_step(
    bench: Bench, shops: Sequence[BenchShop], journeys: list[Journey]
) -> list[dict[str, object]]:
    """CPU milliseconds and statements of each call, and of what follows the last."""
    rows: list[dict[str, object]] = []
    before, sent = bench.cpu(), _statements()

    def note(name: str, count: int) -> None:
        nonlocal before, sent
        used, sent_by_now = bench.cpu_since(before), _statements()
        parts = {f"{part} ms": round(used[part] * 1000 / count, 2) for part in OURS}
        rows.append({"call": name, "statements": round((sent_by_now - sent) / count, 1), **parts})
        before, sent = bench.cpu(), _statements()

    for name in run_in_step(journeys, clients=CLIENTS):
        if name == "confirm":
            _wait_until_settled(shops)
            name = "confirm, webhook, order paid"
        note(name, len(journeys))
    return rows


def _statements() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENTS)
        return int(cursor.fetchone()[0])


def _wait_until_settled(shops: Sequence[BenchShop]) -> None:
    """Until every order is paid, every mail sent, and no event waits but those put off."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    for shop in shops:
        while found := _open_work(shop):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{shop.slug}: still open: {found}")
            time.sleep(0.1)


def _open_work(shop: BenchShop) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""(SELECT 'an event' FROM {shop.schema}.outbox_eventdelivery
                 WHERE state <> 'done' AND due_at < now() + interval '1 hour' LIMIT 1)
                UNION ALL
                (SELECT 'an order' FROM {shop.schema}.orders_order
                 WHERE payment_status <> 'paid' LIMIT 1)
                UNION ALL
                (SELECT 'a mail' FROM {shop.schema}.notifications_message
                 WHERE status <> 'sent' LIMIT 1)"""
        )
        found = cursor.fetchone()
    return str(found[0]) if found else ""


def _report(
    paid: list[Measured], documented: list[Measured], steps: list[dict[str, object]]
) -> None:
    _show_latencies([*paid, *documented])
    table("each call", steps)
    rows = [_row("order paid", paid), _row("with documents", documented)]
    whole, with_documents = (
        round(statistics.median(one.whole for one in some), 3) for some in (paid, documented)
    )
    show(
        "purchase",
        rows,
        {
            "purchases_per_s": rows[0]["purchases/s"],
            "cpu_ms_per_purchase": whole,
            "cpu_ms_with_documents": with_documents,
            **{f"{name}_cpu_ms": _part(paid, name) for name in (*OURS, "simulator")},
            **{f"documents_{name}_cpu_ms": _part(documented, name) for name in OURS},
            "driver_cpu_ms": rows[0]["driver ms"],
        },
    )


def _show_latencies(measured: list[Measured]) -> None:
    latencies: dict[str, list[float]] = {}
    for one in measured:
        for name, times in one.came.latencies.items():
            latencies.setdefault(name, []).extend(times)
    for name, times in latencies.items():
        print(f"{name:12} p50 {quantile(times, 0.5):8.2f} ms  p99 {quantile(times, 0.99):8.2f} ms")


def _row(name: str, measured: list[Measured]) -> dict[str, object]:
    median = statistics.median
    driver = median(one.came.cpu_seconds * 1000 / one.came.done for one in measured)
    return {
        "until": name,
        "clients": CLIENTS,
        "purchases": sum(one.came.done for one in measured),
        "purchases/s": round(median(one.came.done / one.took for one in measured), 2),
        "CPU ms": round(median(one.whole for one in measured), 3),
        **{f"{part} ms": _part(measured, part) for part in (*OURS, "simulator")},
        "driver ms": round(driver, 3),
    }


def _part(measured: list[Measured], name: str) -> float:
    return round(statistics.median(one.cpu[name] for one in measured), 3)
