"""One purchase from first look to mail, as a storefront's client makes it."""

import itertools
import json
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from apps.demo.http import StepFailed, Storefront

ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "12 St James's Square",
    "city": "London",
    "postal_code": "SW1Y 4JH",
    "country": "GB",
}

# The one whose card form is played here, whichever the shop offers first.
PROVIDER = "stripe"


@dataclass(frozen=True)
class Purchase:
    """What came of it."""

    order: dict[str, Any]
    payment: dict[str, Any]
    invoice: dict[str, Any]
    pdf_bytes: int
    mails: list[dict[str, Any]]


def buy(shop: Storefront, *, provider_url: str, email: str) -> Purchase:
    """Two kinds of goods, paid by card; waits for invoice and mail. Raises StepFailed."""
    cart = _fill_cart(shop, email)
    order = shop.call(
        "complete the cart",
        "POST",
        f"carts/{cart['id']}/complete",
        {"expected_total": _asked(cart["totals"]["total"])},
        **{"Idempotency-Key": str(uuid.uuid4())},
    )
    shop.headers = {"Order-Token": order["token"]}
    payment = shop.call(
        "start the payment",
        "POST",
        f"orders/{order['id']}/payments",
        {"provider": PROVIDER},
        **{"Idempotency-Key": str(uuid.uuid4())},
    )
    shop.form(
        "confirm at the provider",
        f"{provider_url}/v1/payment_intents/{payment['provider_reference']}/confirm",
        key=payment["client"]["publishable_key"],
        client_secret=payment["client"]["client_secret"],
        payment_method="pm_card_visa",
    )
    paid = shop.wait_for(
        "wait for the order to be paid",
        lambda: shop.call("look at the order", "GET", f"orders/{order['id']}"),
        lambda found: found["status"] == "paid",
    )
    invoice = shop.wait_for(
        "wait for the invoice",
        lambda: _or_none(lambda: shop.call("invoice", "GET", f"orders/{order['id']}/invoice")),
        lambda found: found is not None and found["document_url"] is not None,
    )
    pdf = shop.send(
        "download the invoice",
        _get(shop, f"orders/{order['id']}/invoice/document"),
    )
    mails = shop.wait_for(
        "wait for the mail",
        lambda: mails_to(shop, provider_url, email),
        lambda found: len(found) > 0,
    )
    payments = shop.call("look at the payment", "GET", f"orders/{order['id']}/payments")["data"]
    return Purchase(paid, payments[0], invoice, len(pdf), mails)


def mails_to(shop: Storefront, provider_url: str, email: str) -> list[dict[str, Any]]:
    """What the mail sink of the simulator has for an address."""
    request = urllib.request.Request(f"{provider_url}/_mail.json?to={email}")  # noqa: S310
    found: Any = json.loads(shop.send("look into the mailbox", request))
    return list(found["data"] if isinstance(found, dict) else found)


def _fill_cart(shop: Storefront, email: str) -> dict[str, Any]:
    products = shop.call("list products", "GET", "products?limit=100")["data"]
    sellable = _sellable_variants(shop, [one for one in products if one["available"]])
    cart = shop.call("make a cart", "POST", "carts", {"email": email})
    shop.headers = {"Cart-Token": cart["token"]}
    for quantity, variant in enumerate(itertools.islice(sellable, 2), start=1):
        line = {"variant": variant["id"], "quantity": quantity}
        shop.call(f"add {quantity} × {variant['sku']}", "POST", f"carts/{cart['id']}/lines", line)
    methods = shop.call("list shipping methods", "GET", "shipping-methods")["data"]
    changes = {"shipping_address": ADDRESS, "shipping_method": methods[0]["id"]}
    updated: dict[str, Any] = shop.call(
        "address and shipping", "PATCH", f"carts/{cart['id']}", changes
    )
    return updated


def _sellable_variants(
    shop: Storefront, products: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    for product in products:
        detail = shop.call(f"look at {product['handle']}", "GET", f"products/{product['id']}")
        yield from itertools.islice(
            (
                one
                for one in detail["variants"]
                if one["quantity_available"] >= 2 and one["price"]["amount"] > 0
            ),
            1,
        )


def _asked(money: dict[str, Any]) -> dict[str, Any]:
    return {"amount": money["amount"], "currency": money["currency"]}


def _get(shop: Storefront, path: str) -> urllib.request.Request:
    return urllib.request.Request(  # noqa: S310
        f"{shop.base_url}/api/v1/{path}", headers={"Host": shop.host_header, **shop.headers}
    )


def _or_none(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except StepFailed as refused:
        if ": 404 " in str(refused):
            return None
        raise
