"""Where providers call: they send a signature, and neither key nor token."""

import json
import time

import pytest

from apps.payments.models import ProviderEvent
from apps.shared.idempotency.models import IdempotencyRecord
from tests.support.client import ShopClient
from tests.support.shopping import connect_payments
from tests.support.webhooks import v1

PATH = "/api/v1/webhooks/stripe"
BODY = json.dumps({"id": "evt_1", "type": "customer.created", "data": {"object": {}}}).encode()


def good_signature(secret: str) -> str:
    now = int(time.time())
    return f"t={now},v1={v1(secret, BODY, now)}"


@pytest.mark.parametrize("key", ["", "a-key-that-a-proxy-added"])
def test_a_signed_webhook_needs_no_key(client_a: ShopClient, key: str) -> None:
    secret = connect_payments()

    answers = [
        client_a.post(PATH, BODY, stripe_signature=good_signature(secret), idempotency_key=key)
        for _ in range(2)
    ]

    assert [(one.status_code, one.json()) for one in answers] == [(200, {"received": True})] * 2
    stored = ProviderEvent.objects.get()
    assert (stored.event_id, bytes(stored.body)) == ("evt_1", BODY)
    assert not IdempotencyRecord.objects.exists()


def test_an_unsigned_webhook_is_refused_whatever_key_it_has(client_a: ShopClient) -> None:
    connect_payments()

    answer = client_a.post(PATH, BODY)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_signature")
    assert not ProviderEvent.objects.exists()
