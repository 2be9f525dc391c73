"""The checkout call over HTTP, beside pgbench with the same writes on the same server.

Twenty shops in turn, as a deployment has them; each request completes a cart of two lines with an
idempotency key. The figure that carries over is the ratio to pgbench's 13 statements ("steps"),
taken in pairs, one after the other, median of the pairs. pgbench works on one schema there. Beside
it, what the mix of shops costs both: the ratio to pgbench on twenty schemas (`ratio_same_mix_16`),
and of one shop to one schema (`ratio_one_shop_16`).

Warm-up: 40 orders in each shop, so that nearly each of the web's 8 connections has served each of
the 20 shops before anything counts (pgbench's 16 connections prepare 13 statements of one schema
within their first transaction). What it costs to serve a shop for the first time is thus left out.
"""

import itertools
import statistics
from collections.abc import Iterator

from benchmarks.driver import Load, http_request, run_load
from benchmarks.limit import Limit, PgBench
from benchmarks.platform import Bench, running, shared_bench
from benchmarks.report import show
from benchmarks.shops import LINES, BenchShop, make_carts, make_shop
from benchmarks.warm_up import warm_up

SHOPS, PRODUCTS = 20, 1000
CLIENTS = (1, 4, 16, 64)
CLIENTS_THAT_COUNT = 16
PAIRS, SECONDS = 3, 6


def main(*, quick: bool = False) -> None:
    """Measure and print; the last line is one JSON object."""
    shops_wanted, seconds, pairs = (2, 1, 1) if quick else (SHOPS, SECONDS, PAIRS)
    with running() as bench:
        shops = [make_shop(f"bench-{n}", products=PRODUCTS) for n in range(shops_wanted)]
        scripts = shared_bench()
        limit = PgBench(bench, scripts, shops=len(shops)) if scripts else None
        warm_up(bench, shops, completions)
        rows, result = [], {}
        for clients in CLIENTS:
            measured = [_pair(bench, shops, limit, clients, seconds) for _ in range(pairs)]
            row = _summary(clients, measured)
            rows.append(row)
            if clients == CLIENTS_THAT_COUNT:
                result = row
        mixes = _mixes(bench, shops, limit, seconds, pairs)
    show(
        "checkout",
        rows,
        {
            "orders_per_s_16": result["orders/s"],
            "ratio_pgbench_16": result["÷ pgbench"],
            **mixes,
            "app_cpu_ms": result["app CPU ms"],
            "pg_cpu_ms": result["PG CPU ms"],
            "driver_cpu_ms": result["driver CPU ms"],
            "p99_ms_16": result["p99 ms"],
        },
    )


def measure(
    bench: Bench, shops: list[BenchShop], *, clients: int, seconds: float, lines: int = LINES
) -> tuple[Load, dict[str, float]]:
    """One load; with it the CPU of each part per order, in milliseconds."""
    per_shop = int(seconds * 2500 / len(shops)) + 200
    by_shop = [list(completions(shop, per_shop, lines=lines)) for shop in shops]
    requests = itertools.chain.from_iterable(zip(*by_shop, strict=True))
    before = bench.cpu()
    load = run_load(requests, port=bench.port, clients=clients, seconds=seconds)
    return load, {name: used * 1000 / load.total for name, used in bench.cpu_since(before).items()}


def completions(
    shop: BenchShop, count: int, *, lines: int = LINES, hot: bool = False
) -> Iterator[bytes]:
    """Requests that complete carts, which are made now."""
    for cart, token in make_carts(shop, count, hot=hot, lines=lines):
        headers = {"Cart-Token": token, "Idempotency-Key": cart}
        yield http_request("POST", shop.host, f"/api/v1/carts/{cart}/complete", b"{}", headers)


def _mixes(
    bench: Bench, shops: list[BenchShop], limit: PgBench | None, seconds: int, pairs: int
) -> dict[str, float | None]:
    """The ratios to pgbench when both serve all shops, and when both serve one."""

    def ratio(served: list[BenchShop]) -> float | None:
        if limit is None:
            return None
        measured = [
            _pair(bench, served, limit, CLIENTS_THAT_COUNT, seconds, schemas=len(served))
            for _ in range(pairs)
        ]
        return _summary(CLIENTS_THAT_COUNT, measured)["÷ pgbench"]

    return {"ratio_same_mix_16": ratio(shops), "ratio_one_shop_16": ratio(shops[:1])}


def _pair(
    bench: Bench,
    shops: list[BenchShop],
    limit: PgBench | None,
    clients: int,
    seconds: int,
    *,
    schemas: int = 1,
) -> tuple[Load, float, float, Limit | None]:
    load, cpu = measure(bench, shops, clients=clients, seconds=seconds)
    if set(load.answers) != {201}:
        raise RuntimeError(f"answers {load.answers}: {list(load.bodies.values())[-1][:300]!r}")
    ran = limit.run(clients=clients, seconds=seconds, shops=schemas) if limit else None
    return load, cpu["web"], cpu["postgres"], ran


def _summary(
    clients: int, measured: list[tuple[Load, float, float, Limit | None]]
) -> dict[str, float | None]:
    median = statistics.median
    loads = [one[0] for one in measured]
    limits = [one[3] for one in measured if one[3]]
    ratios = [one[0].per_second(201) / one[3].per_second for one in measured if one[3]]
    return {
        "clients": clients,
        "orders/s": round(median(load.per_second(201) for load in loads), 1),
        "p50 ms": round(median(load.quantile(201, 0.5) for load in loads), 2),
        "p99 ms": round(median(load.quantile(201, 0.99) for load in loads), 2),
        "app CPU ms": round(median(one[1] for one in measured), 3),
        "PG CPU ms": round(median(one[2] for one in measured), 3),
        "driver CPU ms": round(
            median(load.cpu_seconds * 1000 / sum(load.answers.values()) for load in loads), 3
        ),
        "pgbench/s": round(median(one.per_second for one in limits), 1) if limits else None,
        "÷ pgbench": round(median(ratios), 3) if ratios else None,
    }
