"""Calls whose signature fails are limited, counted and told; verified ones are never turned away,
at each provider that sends webhooks (P1)."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from django.conf import settings
from django.core.cache import caches
from redis.exceptions import ConnectionError as NoValkey

from apps.payments import services
from apps.payments.errors import InvalidSignature, TooManyBadWebhooks
from apps.payments.gateways import providers
from apps.payments.gateways.paypal import certificates
from apps.payments.models import ProviderEvent
from apps.payments.services import _receive_webhook
from apps.shared import caching, clock, metrics
from apps.shared.ids import new_id
from tests.shared.test_metrics import counted
from tests.simulator.providers.paypal.certificates import Certificates
from tests.simulator.providers.paypal.notifications import Signing
from tests.support.client import ShopClient
from tests.support.shopping import connect_payments
from tests.support.shops import TestShop
from tests.support.threads import race
from tests.support.webhooks import v1

Headers = dict[str, str]
CERTIFICATE = "https://api.paypal.com/v1/notifications/certs/CERT-1"
EVENT = "PAYMENT.CAPTURE.COMPLETED"
LIMIT = 3
ACCOUNTS = {
    "paypal": {
        "environment": "live",
        "client_id": "c",
        "client_secret": "s",
        "webhook_id": "WEBHOOK",
    },
    "razorpay": {"key_id": "rzp_test_x", "key_secret": "s", "webhook_secret": "a secret"},
}


def body() -> bytes:
    """Of an event that was never seen."""
    name = new_id().hex
    return json.dumps(
        {"id": f"evt_{name}", "type": "customer.created", "event_type": EVENT, "event": "x.y"}
        | {"data": {"object": {}}, "resource": {"id": name}, "payload": {}}
        | {"created_at": int(time.time())}
    ).encode()


def of_stripe(body: bytes) -> Headers:
    now = int(time.time())
    return {"stripe_signature": f"t={now},v1={v1('whsec_test', body, now)}"}


def of_razorpay(body: bytes) -> Headers:
    signature = hmac.new(b"a secret", body, hashlib.sha256).hexdigest()
    return {"x_razorpay_signature": signature, "x_razorpay_event_id": new_id().hex}


@pytest.fixture
def of_paypal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], Headers]:
    made = Certificates(tmp_path)
    chain = tuple(x509.load_pem_x509_certificates(made.chain()))
    monkeypatch.setattr(settings, "PAYPAL_API_BASE", "")
    monkeypatch.setattr(settings, "PAYPAL_ROOTS_FILE", str(tmp_path / "paypal-root.pem"))
    monkeypatch.setattr(certificates, "_chain_at", lambda url: chain)
    signing = Signing(made, lambda: "unused")

    def headers(body: bytes) -> Headers:
        signed = {**signing.sign("WEBHOOK", body, int(time.time())), "PAYPAL-CERT-URL": CERTIFICATE}
        return {name.lower().replace("-", "_"): value for name, value in signed.items()}

    return headers


@pytest.fixture
def signed(of_paypal: Callable[[bytes], Headers]) -> dict[str, Callable[[bytes], Headers]]:
    """Who signs for each provider."""
    return {"stripe": of_stripe, "paypal": of_paypal, "razorpay": of_razorpay}


@pytest.fixture(params=["stripe", "paypal", "razorpay"])
def provider(
    request: pytest.FixtureRequest, shop_a: TestShop, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Of an account that the shop has. Few bad calls are too many."""
    monkeypatch.setattr(_receive_webhook, "MOST_BAD_A_MINUTE", LIMIT)
    caches["shared"].delete("shop_test_a:bad_webhooks:127.0.0.1")
    code = str(request.param)
    if code == "stripe":
        connect_payments()
    else:
        services.save_account(provider=code, values=ACCOUNTS[code])
    return code


def refused() -> float:
    return counted(metrics.exposition(), "webhook_invalid_signatures_total")


def test_each_provider_with_webhooks_is_shown_here(
    signed: dict[str, Callable[[bytes], Headers]],
) -> None:
    assert set(signed) == {one.code for one in providers() if one.capabilities.has_webhooks}


def test_bad_ones_are_limited_and_good_ones_from_there_are_taken(
    client_a: ShopClient,
    provider: str,
    signed: dict[str, Callable[[bytes], Headers]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    path, before, sign = f"/api/v1/webhooks/{provider}", refused(), signed[provider]

    bad = [client_a.post(path, body()) for _ in range(LIMIT + 2)]
    sent = [body() for _ in range(LIMIT + 2)]
    good = [client_a.post(path, one, **sign(one)) for one in sent]
    still_bad = client_a.post(path, body())

    assert [one.status_code for one in bad] == [400] * LIMIT + [429] * 2
    assert (bad[-1].json()["code"], int(bad[-1]["Retry-After"])) == ("too_many_bad_webhooks", 60)
    assert [one.status_code for one in good] == [200] * len(sent)
    assert still_bad.status_code == 429
    assert refused() == before + LIMIT + 3
    assert [bytes(one.body) for one in ProviderEvent.objects.order_by("id")] == sent
    told = [one for one in caplog.records if one.message == "webhook.invalid_signature"]
    assert [one.__dict__["provider"] for one in told] == [provider] * (LIMIT + 3)


@pytest.fixture
def no_valkey(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def get_client(*arguments: object, **options: object) -> object:
        raise NoValkey("nobody there")

    monkeypatch.setattr(caches["shared"]._cache, "get_client", get_client)
    yield
    caching._Pause.until = 0.0


def test_without_valkey_nobody_is_limited(
    client_a: ShopClient,
    provider: str,
    signed: dict[str, Callable[[bytes], Headers]],
    no_valkey: None,
) -> None:
    path, one = f"/api/v1/webhooks/{provider}", body()

    bad = [client_a.post(path, body()).status_code for _ in range(LIMIT + 2)]

    assert bad == [400] * (LIMIT + 2)
    assert client_a.post(path, one, **signed[provider](one)).status_code == 200


def test_the_limit_is_exact_among_many_at_once(committed_shop: TestShop) -> None:
    """120 a minute: of 160 that come from one address at once, 40 are one too many."""
    connect_payments()
    address = f"test-{new_id().hex}"

    def call_often() -> list[str]:
        found = []
        for _ in range(20):
            try:
                services.receive_webhook(
                    provider="stripe", body=b"{}", headers={}, now=clock.now(), address=address
                )
            except (InvalidSignature, TooManyBadWebhooks) as error:
                found.append(type(error).__name__)
        return found

    answers = [one for found in race(committed_shop, *[call_often] * 8) for one in found]  # type: ignore[union-attr]

    assert answers.count("InvalidSignature") == 120
    assert answers.count("TooManyBadWebhooks") == 40


def test_what_was_counted_is_forgotten_after_its_time() -> None:
    """A count that some other way was left without an end gets one."""
    key = f"counting-{new_id().hex}"
    caches["shared"].set(key, 7, None)

    assert [caching.count(key, seconds=60) for _ in range(2)] == [8, 9]

    caches["shared"].touch(key, 0)
    assert caching.count(key, seconds=60) == 1
