"""Whole purchases, as a storefront and its shopper make them, to the mail with the invoice.

Each: a cart, two lines, an address, the shipping methods, the choice of one, completion, the start
of the payment, and the confirmation at the provider's simulator, which then calls our webhook.
Relay and worker do what follows: order paid, invoice issued, drawn and stored, mail sent. Time and
CPU count until all of that is done, for all purchases.

CPU is that of web, relay, worker, PostgreSQL and Valkey. The simulator stands in for a provider and
a mail server: its share is stated, and not counted. The same goes for the driver.
"""

import itertools
import json
import statistics
import time
from collections.abc import Iterator
from typing import Any

from django.db import connection

from benchmarks.driver import http_request, quantile
from benchmarks.journeys import Journey, Journeys, Step, run_journeys
from benchmarks.platform import Bench, running
from benchmarks.report import show
from benchmarks.shops import BenchShop, make_shop
from benchmarks.warm_up import WEB_CONNECTIONS

SHOPS, PRODUCTS, CLIENTS = 20, 1000, 8
ROUNDS, SECONDS = 3, 10
OURS = ("web", "relay", "worker", "postgres", "valkey")
_SETTLE_SECONDS = 300.0
_ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "12 St James's Square",
    "city": "London",
    "postal_code": "SW1Y 4JH",
    "country": "GB",
}


def main(*, quick: bool = False) -> None:
    """Measure and print; the last line is one JSON object."""
    shops_wanted, rounds, seconds = (2, 1, 1) if quick else (SHOPS, ROUNDS, SECONDS)
    with running(with_workers=True) as bench:
        shops = [_make_shop(bench, f"bench-{n}") for n in range(shops_wanted)]
        endless = _purchases(bench, shops)
        warm_up = itertools.islice(endless, len(shops) * (1 if quick else WEB_CONNECTIONS))
        run_journeys(warm_up, clients=CLIENTS)
        _wait_until_settled(shops)
        measured = [_measure(bench, shops, endless, seconds) for _ in range(rounds)]
    _report(measured)


def _make_shop(bench: Bench, slug: str) -> BenchShop:
    from apps.payments.services import connect_stripe
    from apps.shared.schema import use_schema

    shop = make_shop(slug, products=PRODUCTS)
    with use_schema(shop.schema):
        connect_stripe(
            secret_key=f"sk_test_{slug}",
            publishable_key=f"pk_test_{slug}",
            webhook_url=f"http://{shop.host}:{bench.port}/api/v1/webhooks/stripe",
        )
    return shop


def _purchases(bench: Bench, shops: list[BenchShop]) -> Iterator[Journey]:
    """One after the other in each shop, of two products each, for ever."""
    goods = {shop: _variants(shop) for shop in shops}
    for number, shop in enumerate(itertools.cycle(shops)):
        ids = goods[shop]
        wanted = [ids[number * 7 % len(ids)], ids[(number * 7 + 1) % len(ids)]]
        yield _purchase(bench, shop, wanted)


def _variants(shop: BenchShop) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {shop.schema}.catalog_variant ORDER BY id")
        return [f"var_{row[0].hex}" for row in cursor.fetchall()]


def _purchase(bench: Bench, shop: BenchShop, variants: list[str]) -> Journey:
    def call(name: str, method: str, path: str, body: Any, expected: int, **headers: str) -> Step:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        content = b"" if body is None else json.dumps(body).encode()
        request = http_request(method, shop.host, f"/api/v1/{path}", content, named)
        return Step(name, bench.port, request, expected)

    cart = json.loads((yield call("cart", "POST", "carts", {"email": "ada@shopper.example"}, 201)))
    path, token = f"carts/{cart['id']}", cart["token"]
    for variant in variants:
        line = {"variant": variant, "quantity": 1}
        yield call("line", "POST", f"{path}/lines", line, 201, cart_token=token)
    address = {"shipping_address": _ADDRESS}
    yield call("address", "PATCH", path, address, 200, cart_token=token)
    methods = json.loads((yield call("methods", "GET", "shipping-methods", None, 200)))["data"]
    choice = {"shipping_method": methods[0]["id"]}
    cart = json.loads((yield call("shipping", "PATCH", path, choice, 200, cart_token=token)))
    total = cart["totals"]["total"]
    seen = {"expected_total": {"amount": total["amount"], "currency": total["currency"]}}
    keyed = {"idempotency_key": cart["id"], "cart_token": token}
    order = json.loads((yield call("complete", "POST", f"{path}/complete", seen, 201, **keyed)))
    keyed = {"idempotency_key": order["id"], "order_token": order["token"]}
    payments = f"orders/{order['id']}/payments"
    payment = json.loads((yield call("payment", "POST", payments, {}, 201, **keyed)))
    yield _confirmation(bench, payment)


def _confirmation(bench: Bench, payment: dict[str, Any]) -> Step:
    """As Stripe.js does it in the shopper's browser."""
    form = (
        f"key={payment['publishable_key']}&client_secret={payment['client_secret']}"
        "&payment_method=pm_card_visa"
    )
    request = http_request(
        "POST",
        "127.0.0.1",
        f"/v1/payment_intents/{payment['provider_reference']}/confirm",
        form.encode(),
        {"Content-Type": "application/x-www-form-urlencoded"},
    )
    return Step("confirm", bench.ports.simulator, request, 200)


def _measure(
    bench: Bench, shops: list[BenchShop], purchases: Iterator[Journey], seconds: float
) -> tuple[Journeys, float, dict[str, float]]:
    """The journeys, seconds until all was done, and CPU in milliseconds per purchase."""
    before, start = bench.cpu(), time.perf_counter()
    came = run_journeys(purchases, clients=CLIENTS, seconds=seconds)
    _wait_until_settled(shops)
    took = time.perf_counter() - start
    cpu = {name: used * 1000 / came.done for name, used in bench.cpu_since(before).items()}
    return came, took, cpu


def _wait_until_settled(shops: list[BenchShop]) -> None:
    """Until every order is paid and confirmed by mail, and no event waits."""
    open_work = " UNION ALL ".join(
        f"""(SELECT '{shop.slug}: an event' FROM {shop.schema}.outbox_eventdelivery
             WHERE state <> 'done' LIMIT 1)
            UNION ALL
            (SELECT '{shop.slug}: an order' FROM {shop.schema}.orders_order
             WHERE payment_status <> 'paid' LIMIT 1)
            UNION ALL
            (SELECT '{shop.slug}: a mail' FROM {shop.schema}.notifications_message
             WHERE status <> 'sent' LIMIT 1)"""
        for shop in shops
    )
    deadline = time.monotonic() + _SETTLE_SECONDS
    while True:
        with connection.cursor() as cursor:
            cursor.execute(open_work)
            found = [row[0] for row in cursor.fetchall()]
        if not found:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"still open: {', '.join(found)}")
        time.sleep(0.25)


def _report(measured: list[tuple[Journeys, float, dict[str, float]]]) -> None:
    median = statistics.median
    latencies: dict[str, list[float]] = {}
    for came, _, _ in measured:
        for name, times in came.latencies.items():
            latencies.setdefault(name, []).extend(times)
    for name, times in latencies.items():
        print(f"{name:10} p50 {quantile(times, 0.5):8.2f} ms  p99 {quantile(times, 0.99):8.2f} ms")
    parts = {name: round(median(cpu[name] for _, _, cpu in measured), 3) for name in measured[0][2]}
    whole = [sum(cpu[name] for name in OURS) for _, _, cpu in measured]
    rate = round(median(came.done / took for came, took, _ in measured), 2)
    driver = round(median(came.cpu_seconds * 1000 / came.done for came, _, _ in measured), 3)
    row: dict[str, object] = {
        "clients": CLIENTS,
        "purchases": sum(came.done for came, _, _ in measured),
        "purchases/s": rate,
        "CPU ms": round(median(whole), 3),
        **{f"{name} ms": parts[name] for name in OURS},
        "simulator ms": parts["simulator"],
        "driver ms": driver,
    }
    show(
        "purchase",
        [row],
        {
            "purchases_per_s": rate,
            "cpu_ms_per_purchase": round(median(whole), 3),
            **{f"{name}_cpu_ms": parts[name] for name in OURS},
            "simulator_cpu_ms": parts["simulator"],
            "driver_cpu_ms": driver,
        },
    )
