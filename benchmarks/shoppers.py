"""What one shopper does: from an empty cart to the payment's confirmation at the provider."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

from django.db import connection

from benchmarks.driver import http_request
from benchmarks.journeys import Journey, Step
from benchmarks.platform import Bench
from benchmarks.shops import BenchShop, make_shop

_ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "12 St James's Square",
    "city": "London",
    "postal_code": "SW1Y 4JH",
    "country": "GB",
}


def make_paying_shop(bench: Bench, slug: str, *, products: int) -> BenchShop:
    """A shop whose payments the simulator takes."""
    from apps.payments.services import connect_account
    from apps.shared.schema import use_schema

    shop = make_shop(slug, products=products)
    with use_schema(shop.schema):
        connect_account(
            provider="stripe",
            values={"secret_key": f"sk_test_{slug}", "publishable_key": f"pk_test_{slug}"},
            webhook_url=f"http://{shop.host}:{bench.port}/api/v1/webhooks/stripe",
        )
    return shop


def purchases(bench: Bench, shops: list[BenchShop]) -> Iterator[Journey]:
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
    for name, variant in zip(("line", "second line"), variants, strict=True):
        line = {"variant": variant, "quantity": 1}
        yield call(name, "POST", f"{path}/lines", line, 201, cart_token=token)
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
    """As Stripe.js does it in the shopper's browser; the simulator then calls our webhook."""
    client = payment["client"]
    form = (
        f"key={client['publishable_key']}&client_secret={client['client_secret']}"
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
