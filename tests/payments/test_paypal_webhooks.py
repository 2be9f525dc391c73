"""Whom we believe that says to be PayPal, and how far (P1)."""

import json
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from django.conf import settings
from django.utils.datastructures import CaseInsensitiveMapping

from apps.payments.errors import InvalidSignature, UnreadableWebhook
from apps.payments.gateways.base import IntentChanged, RefundsChanged
from apps.payments.gateways.paypal import certificates
from apps.payments.gateways.paypal.credentials import PayPalCredentials
from apps.payments.gateways.paypal.webhooks import facts, verified
from tests.simulator.providers.paypal.certificates import Certificates
from tests.simulator.providers.paypal.notifications import Signing

Headers = dict[str, str]
LIVE_URL = "https://api.paypal.com/v1/notifications/certs/CERT-1"
WEBHOOK = "4JH86294D6297924G"
NOW = int(time.time())
BODY = json.dumps(
    {
        "id": "WH-1",
        "event_type": "PAYMENT.CAPTURE.COMPLETED",
        "resource": {
            "id": "CAPTURE1",
            "custom_id": "shop_a.pay_1",
            "amount": {"currency_code": "USD", "value": "10.00"},
            "supplementary_data": {"related_ids": {"order_id": "ORDER1"}},
        },
    }
).encode()


def opened(**fields: str) -> PayPalCredentials:
    known = {"environment": "live", "client_id": "c", "client_secret": "s", "webhook_id": WEBHOOK}
    return PayPalCredentials(**{**known, **fields})


@pytest.fixture
def paypal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Signing:
    """Signs with a certificate under a root that is trusted here and served at PayPal's address."""
    made = Certificates(tmp_path)
    chain = tuple(x509.load_pem_x509_certificates(made.chain()))
    monkeypatch.setattr(settings, "PAYPAL_API_BASE", "")
    monkeypatch.setattr(settings, "PAYPAL_ROOTS_FILE", str(tmp_path / "paypal-root.pem"))
    monkeypatch.setattr(certificates, "_chain_at", lambda url: chain)
    return Signing(made, lambda: "unused")


def signed(paypal: Signing, body: bytes = BODY, *, webhook: str = WEBHOOK, age: int = 0) -> Headers:
    return {
        **paypal.sign(webhook, body, NOW - age),
        "PAYPAL-CERT-URL": LIVE_URL,
    }


def check(body: bytes, headers: Headers, credentials: PayPalCredentials | None = None) -> str:
    return verified(body, CaseInsensitiveMapping(headers), credentials or opened(), NOW).event_id


def test_what_paypal_signed_is_believed(paypal: Signing) -> None:
    assert check(BODY, signed(paypal)) == "WH-1"
    assert check(BODY, signed(paypal, age=2 * 24 * 3600)) == "WH-1"


_Forge = Callable[[Signing], tuple[bytes, Headers]]
FORGERIES: dict[str, _Forge] = {
    "nothing": lambda paypal: (BODY, {}),
    "no signature": lambda paypal: (BODY, {**signed(paypal), "PAYPAL-TRANSMISSION-SIG": ""}),
    "no base64": lambda paypal: (BODY, {**signed(paypal), "PAYPAL-TRANSMISSION-SIG": "$$$"}),
    "one byte changed": lambda paypal: (BODY.replace(b"10.00", b"10.01"), signed(paypal)),
    "another webhook's": lambda paypal: (BODY, signed(paypal, webhook="ANOTHER")),
    "another transmission": lambda paypal: (
        BODY,
        {**signed(paypal), "PAYPAL-TRANSMISSION-ID": "another"},
    ),
    "five days old": lambda paypal: (BODY, signed(paypal, age=5 * 24 * 3600)),
    "301 s in the future": lambda paypal: (BODY, signed(paypal, age=-301)),
    "no time": lambda paypal: (BODY, {**signed(paypal), "PAYPAL-TRANSMISSION-TIME": "today"}),
    "another algorithm": lambda paypal: (BODY, {**signed(paypal), "PAYPAL-AUTH-ALGO": "MD5"}),
    "no event": lambda paypal: (b"[]", signed(paypal, b"[]")),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_what_is_not_signed_so_is_refused(paypal: Signing, forge: _Forge) -> None:
    with pytest.raises(InvalidSignature):
        check(*forge(paypal))


def test_what_is_signed_and_nested_too_deep_is_said_to_be_so(paypal: Signing) -> None:
    deep = b"[" * 100_000
    with pytest.raises(UnreadableWebhook):
        check(deep, signed(paypal, deep))


def test_without_a_webhook_id_nothing_is_believed(paypal: Signing) -> None:
    with pytest.raises(InvalidSignature):
        check(BODY, signed(paypal, webhook=""), opened(webhook_id=""))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://api.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1",
        "https://evil.example/v1/notifications/certs/CERT-1",
        "https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1",
        "https://api.paypal.com/v1/other/CERT-1",
        "https://api.paypal.com/v1/notifications/certs/CERT-1?again=1",
        "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
        "file:///etc/passwd",
        "https://[api.paypal.com/v1/notifications/certs/CERT-1",
    ],
)
def test_a_certificate_is_fetched_from_paypal_only(
    paypal: Signing, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    def fetch(url: str) -> Any:
        raise AssertionError(f"{url} was asked for")

    monkeypatch.setattr(certificates, "_chain_at", fetch)

    with pytest.raises(InvalidSignature):
        check(BODY, {**signed(paypal), "PAYPAL-CERT-URL": url})


def test_a_certificate_of_another_root_is_refused(
    paypal: Signing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "thief").mkdir()
    thief = Certificates(tmp_path / "thief")
    chain = tuple(x509.load_pem_x509_certificates(thief.chain()))
    monkeypatch.setattr(certificates, "_chain_at", lambda url: chain)

    with pytest.raises(InvalidSignature):
        check(BODY, signed(Signing(thief, lambda: "unused")))


def test_a_certificate_for_another_name_is_refused(
    paypal: Signing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody can have a good certificate for a name of their own."""
    monkeypatch.setattr(certificates, "_NAMES", {"live": ("other.paypal.com",)})

    with pytest.raises(InvalidSignature):
        check(BODY, signed(paypal))


def test_a_certificate_that_has_ended_is_refused(paypal: Signing) -> None:
    headers = signed(paypal)
    with pytest.raises(InvalidSignature):
        certificates.signing_key(
            headers["PAYPAL-CERT-URL"],
            environment="live",
            at=datetime.now(UTC) + timedelta(days=366),
        )


def test_a_body_of_the_same_crc_is_no_more_than_a_question(paypal: Signing) -> None:
    """The signature covers the CRC32 of the body, which anybody can reach: so no state, amount or
    currency is taken from a webhook."""
    headers = signed(paypal)
    forged = with_crc(BODY.replace(b"10.00", b"99.99")[:-1] + b', "pad": "', zlib.crc32(BODY))
    assert zlib.crc32(forged) == zlib.crc32(BODY)

    assert facts(BODY) == [
        IntentChanged(reference="ORDER1", metadata={"tenant": "shop_a", "payment": "pay_1"})
    ]
    # The padding is rarely JSON; the signature is good all the same.
    try:
        assert check(forged, headers) == "WH-1"
    except InvalidSignature:
        with pytest.raises(ValueError, match=r".*"):
            json.loads(forged)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            {"event_type": "CHECKOUT.ORDER.APPROVED", "resource": {"id": "O1"}},
            [IntentChanged(reference="O1")],
        ),
        (
            {"event_type": "CHECKOUT.PAYMENT-APPROVAL.REVERSED", "resource": {"order_id": "O1"}},
            [IntentChanged(reference="O1")],
        ),
        (
            {"event_type": "PAYMENT.CAPTURE.PENDING", "resource": {"id": "C1"}},
            [IntentChanged(reference="C1")],
        ),
        (
            {
                "event_type": "PAYMENT.CAPTURE.REFUNDED",
                "resource": {"links": [{"rel": "up", "href": "https://x/v2/payments/captures/C1"}]},
            },
            [RefundsChanged(payment_reference="C1")],
        ),
        ({"event_type": "CUSTOMER.DISPUTE.CREATED", "resource": {"id": "D1"}}, []),
        ({"event_type": "PAYMENT.CAPTURE.REFUNDED", "resource": {}}, []),
        ({"event_type": "CHECKOUT.ORDER.APPROVED"}, []),
    ],
)
def test_what_webhooks_are_about(event: dict[str, Any], told: list[Any]) -> None:
    assert list(facts(json.dumps(event).encode())) == told


def with_crc(data: bytes, wanted: int) -> bytes:
    """Four more bytes, after which the CRC32 is `wanted`."""
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (0xEDB88320 if value & 1 else 0)
        table.append(value)
    register = wanted ^ 0xFFFFFFFF
    steps = []
    for _ in range(4):
        index = next(one for one in range(256) if table[one] >> 24 == register >> 24)
        steps.append(index)
        register = ((register ^ table[index]) << 8) & 0xFFFFFFFF
    state, padding = zlib.crc32(data) ^ 0xFFFFFFFF, b""
    for index in reversed(steps):
        padding += bytes([(state ^ index) & 0xFF])
        state = (state >> 8) ^ table[index]
    return data + padding
