"""Where providers call: they send a signature, and neither key nor token."""

import json
import time

import pytest

from apps.payments import services as payments
from apps.payments.models import ProviderEvent
from apps.shared import metrics
from apps.shared.idempotency.models import IdempotencyRecord
from tests.shared.test_metrics import counted
from tests.support.client import ShopClient
from tests.support.shopping import connect_payments
from tests.support.webhooks import v1

PATH = "/api/v1/webhooks/stripe"
BODY = json.dumps({"id": "evt_1", "type": "customer.created", "data": {"object": {}}}).encode()


def good_signature(secret: str) -> str:
    now = int(time.time())
    return f"t={now},v1={v1(secret, BODY, now)}"


def refused() -> float:
    return counted(metrics.exposition(), "webhook_invalid_signatures_total")


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


@pytest.mark.parametrize(
    "time_of_it", ["9" * 400, "9" * 5000, "-" + "9" * 400, "1e400", "²"], ids=str.__len__
)
def test_a_signature_of_no_time_at_all_is_one_more_bad_one(
    client_a: ShopClient, time_of_it: str
) -> None:
    connect_payments()
    before = refused()

    answer = client_a.post(PATH, BODY, stripe_signature=f"t={time_of_it},v1=00")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_signature")
    assert refused() == before + 1


DEEP = b'{"id": "evt_1", "type": "x", "data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": "evt_1", "type": "%s"}' % (b"x" * 3000),
        b'{"id": "%s", "type": "x"}' % (b"e" * 500),
        b'{"id": "evt_\\u0000", "type": "x"}',
        b'{"id": "evt_\\ud800", "type": "x"}',
        b'{"id": "evt_1", "type": "x", "account": "\\udfff"}',
        DEEP,
    ],
    ids=["long type", "long id", "NUL", "surrogate", "account", "deep"],
)
def test_what_is_signed_and_cannot_be_kept_is_refused_clearly(
    client_a: ShopClient, body: bytes
) -> None:
    secret, now = connect_payments(), int(time.time())

    answer = client_a.post(PATH, body, stripe_signature=f"t={now},v1={v1(secret, body, now)}")

    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable_webhook")
    assert not ProviderEvent.objects.exists()


@pytest.mark.parametrize("age", [301, -301])
def test_p1_too_old_or_from_the_future_is_refused(client_a: ShopClient, age: int) -> None:
    """P1, X9."""
    secret = connect_payments()
    at = int(time.time()) - age

    answer = client_a.post(PATH, BODY, stripe_signature=f"t={at},v1={v1(secret, BODY, at)}")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_signature")
    assert not ProviderEvent.objects.exists()


def test_two_secrets_are_live_while_one_replaces_the_other(client_a: ShopClient) -> None:
    former = connect_payments()
    payments.save_account(provider="stripe", values={"webhook_secret": "whsec_next"})

    signed_by = [former, "whsec_next", "whsec_other"]
    answers = [client_a.post(PATH, BODY, stripe_signature=good_signature(s)) for s in signed_by]

    assert [one.status_code for one in answers] == [200, 200, 400]
    assert ProviderEvent.objects.count() == 1
