"""Many buyers of one product: how fast, and exactly as many as there are.

Phase 1: stock for all; 16 clients complete carts of one line of the same variant, in pairs with the
same load spread over 1,000 variants, so that the cost of the one contended row can be seen.
Phase 2: fewer units than buyers; exactly the units are sold, the others are refused quickly.
"""

import statistics
from collections.abc import Iterator

from django.db import connection

from benchmarks.checkout import completions
from benchmarks.driver import Load, run_load
from benchmarks.platform import Bench, running
from benchmarks.report import show
from benchmarks.shops import BenchShop, make_shop
from benchmarks.warm_up import WARM_UP_REQUESTS, warm_up

CLIENTS, PAIRS, SECONDS, SPREAD_OVER = 16, 3, 5, 1000
UNITS, BUYERS = 500, 2500


def main(*, quick: bool = False) -> None:
    """Measure and print; the last line is one JSON object."""
    pairs, seconds, units, buyers = (1, 1, 20, 100) if quick else (PAIRS, SECONDS, UNITS, BUYERS)
    with running() as bench:
        plenty = make_shop("plenty", products=SPREAD_OVER)
        scarce = make_shop("scarce", products=1, stock=units + WARM_UP_REQUESTS)
        warm_up(bench, [plenty, scarce], lambda shop, count: completions(shop, count, lines=1))
        hot, spread = [], []
        for _ in range(pairs):
            hot.append(_rate(bench, plenty, seconds, hot=True))
            spread.append(_rate(bench, plenty, seconds, hot=False))
        sold_before = _sold(scarce)
        requests = iter(list(completions(scarce, buyers, lines=1)))
        rush = run_load(requests, port=bench.port, clients=CLIENTS)
        sold = _sold(scarce) - sold_before
    _report(hot, spread, rush, sold=sold, units=units)


def _rate(bench: Bench, shop: BenchShop, seconds: float, *, hot: bool) -> Load:
    requests: Iterator[bytes] = iter(list(completions(shop, int(seconds * 2500), lines=1, hot=hot)))
    return run_load(requests, port=bench.port, clients=CLIENTS, seconds=seconds)


def _sold(shop: BenchShop) -> int:
    """How many units are held for orders. Raises RuntimeError when the books do not agree."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT (SELECT sum(reserved) FROM {shop.schema}.inventory_stockitem),
                (SELECT sum(quantity) FROM {shop.schema}.inventory_reservation),
                (SELECT sum(quantity) FROM {shop.schema}.orders_orderline),
                (SELECT sum(reserved_delta) FROM {shop.schema}.inventory_stockmovement)
            """
        )
        counts = [int(count or 0) for count in cursor.fetchone()]
    if len(set(counts)) != 1:
        raise RuntimeError(f"stock, reservations, order lines and movements say {counts}")
    return counts[0]


def _report(hot: list[Load], spread: list[Load], rush: Load, *, sold: int, units: int) -> None:
    median = statistics.median
    loads = [*hot, *spread, rush]
    rows = [
        _row("one variant, enough stock", hot, 201),
        _row(f"{SPREAD_OVER} variants, enough stock", spread, 201),
        _row(f"one variant, {units} units: sold", [rush], 201),
        _row(f"one variant, {units} units: refused", [rush], 409),
    ]
    ratios = [
        one.per_second(201) / other.per_second(201) for one, other in zip(hot, spread, strict=True)
    ]
    show(
        "hot",
        rows,
        {
            "orders_per_s": rows[0]["answers/s"],
            "p99_ms": rows[0]["p99 ms"],
            "ratio_hot_to_spread": round(median(ratios), 3),
            "sold": sold,
            "units": units,
            "oversold": max(sold - units, 0),
            "errors_5xx": sum(
                n for one in loads for status, n in one.answers.items() if status >= 500
            ),
            "other_answers": sum(
                n for one in loads for status, n in one.answers.items() if status not in (201, 409)
            ),
            "p50_sold_ms": rows[2]["p50 ms"],
            "p50_refused_ms": rows[3]["p50 ms"],
            "driver_cpu_ms": rows[0]["driver CPU ms"],
        },
    )


def _row(name: str, loads: list[Load], status: int) -> dict[str, object]:
    median = statistics.median
    return {
        "what": name,
        "clients": CLIENTS,
        "answers": sum(one.answers[status] for one in loads),
        "answers/s": round(median(one.per_second(status) for one in loads), 1),
        "p50 ms": round(median(one.quantile(status, 0.5) for one in loads), 2),
        "p99 ms": round(median(one.quantile(status, 0.99) for one in loads), 2),
        "driver CPU ms": round(median(one.cpu_seconds * 1000 / one.total for one in loads), 3),
    }
