"""Webhooks made by hand: what Stripe's own event would be, changed, and signed by whoever."""

import copy
import hashlib
import hmac
import json
import time
from typing import Any

from tests.support.live_shops import WEBHOOK_PATH, LiveShop
from tests.support.storefront import Answer

Json = dict[str, Any]


def event_of(shop: LiveShop, reference: str, kind: str = "payment_intent.succeeded") -> Json:
    """The provider's one event of this kind about a payment."""
    events = shop.platform.simulator.client(shop.account).v1.events.list({"type": kind})
    found = [one.to_dict() for one in events.data if one.data.object["id"] == reference]
    assert len(found) == 1, found
    return dict(found[0])


def changed(event: Json, *, id: str, **fields: Any) -> Json:
    """Another event about the same payment, in which `fields` of the payment differ."""
    other = copy.deepcopy(event)
    other["id"] = id
    other["data"]["object"].update(fields)
    return other


def as_bytes(event: Json) -> bytes:
    return json.dumps(event, indent=2).encode()


def v1(secret: str, body: bytes, timestamp: int) -> str:
    """One signature of Stripe's scheme v1, without its name."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def signature(shop: LiveShop, body: bytes, *, age: int = 0) -> str:
    """A good `Stripe-Signature`, made `age` seconds ago."""
    timestamp = int(time.time()) - age
    return f"t={timestamp},v1={v1(shop.webhook_secret, body, timestamp)}"


def send(shop: LiveShop, body: bytes, stripe_signature: str) -> Answer:
    """As the provider does: no key, no token, only the signature."""
    return shop.storefront.send(
        "POST", WEBHOOK_PATH, body, {"stripe_signature": stripe_signature, "idempotency_key": ""}
    )


def send_signed(shop: LiveShop, event: Json) -> Answer:
    body = as_bytes(event)
    return send(shop, body, signature(shop, body))
