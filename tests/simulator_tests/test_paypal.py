"""The simulated PayPal, called by the official SDK and held to PayPal's own description."""

import json
import zlib
from base64 import b64decode
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from paypalserversdk.exceptions.api_exception import ApiException

from tests.simulator.desks import PayPalDesk
from tests.simulator.providers.paypal.contract import violations
from tests.simulator.running import RunningSimulator
from tests.simulator_tests.paypal_client import PayPalClient, capture_of, issue_of
from tests.simulator_tests.receiver import Receiver


@pytest.fixture
def desk(simulator: RunningSimulator, account: str) -> PayPalDesk:
    return PayPalDesk(simulator, account)


@pytest.fixture
def api(simulator: RunningSimulator, account: str) -> PayPalClient:
    return PayPalClient(simulator.base_url, account)


def captured(api: PayPalClient, desk: PayPalDesk, value: str = "24.99") -> dict[str, Any]:
    order = api.create(value)
    desk.approve(order["id"])
    return api.capture(order["id"])


def listen(desk: PayPalDesk, receiver: Receiver, *events: str) -> str:
    """Register a webhook; its id."""
    answer = requests.post(
        f"{desk.simulator.base_url}/paypal/v1/notifications/webhooks",
        json={
            "url": f"http://shop.localhost:{receiver.port}/webhooks",
            "event_types": [{"name": one} for one in events or ("*",)],
        },
        headers={"Authorization": f"Bearer A21AA_{desk.account}"},
        timeout=5,
    )
    assert violations("webhook", answer.json()) == []
    return str(answer.json()["id"])


def test_an_order_is_approved_and_captured(api: PayPalClient, desk: PayPalDesk) -> None:
    order = api.create("24.99")
    assert (order["status"], violations("order", order)) == ("CREATED", [])
    with pytest.raises(ApiException) as early:
        api.capture(order["id"])
    assert issue_of(early.value) == (422, "ORDER_NOT_APPROVED")
    assert violations("orders.capture-422", _details(early.value)) == []

    assert desk.approve(order["id"])["status"] == "APPROVED"
    done = api.capture(order["id"])

    assert (done["status"], violations("order", done)) == ("COMPLETED", [])
    assert capture_of(done)["amount"] == {"currency_code": "USD", "value": "24.99"}
    assert desk.simulator.payments(desk.account)[order["id"]]["captured"] == 2499
    assert api.order(order["id"]) == done
    assert violations("capture-2", _captured_alone(api, done)) == []


def test_a_request_id_makes_one_order_and_one_capture(api: PayPalClient, desk: PayPalDesk) -> None:
    order = api.create("24.99", key="once")
    assert api.create("24.99", key="once")["id"] == order["id"]
    with pytest.raises(ApiException) as other:
        api.create("25.00", key="once")
    assert issue_of(other.value) == (422, "PAYPAL_REQUEST_ID_REUSED")

    desk.approve(order["id"])
    first = api.capture(order["id"], key="take")
    assert api.capture(order["id"], key="take") == first
    with pytest.raises(ApiException) as again:
        api.capture(order["id"], key="take again")
    assert issue_of(again.value) == (422, "ORDER_ALREADY_CAPTURED")
    assert [one["kind"] for one in desk.simulator.ledger(desk.account)] == ["charge"]


@pytest.mark.parametrize(
    ("value", "currency", "issue"),
    [
        ("0.00", "USD", (422, "CANNOT_BE_ZERO_OR_NEGATIVE")),
        ("1.234", "USD", (422, "DECIMAL_PRECISION")),
        ("100.5", "JPY", (422, "DECIMAL_PRECISION")),
        ("1.000", "KWD", (422, "CURRENCY_NOT_SUPPORTED")),
        ("a lot", "USD", (400, "INVALID_PARAMETER_SYNTAX")),
    ],
)
def test_amounts_are_checked(
    api: PayPalClient, value: str, currency: str, issue: tuple[int, str]
) -> None:
    with pytest.raises(ApiException) as refused:
        api.create(value, currency)

    assert issue_of(refused.value) == issue


def test_refunds_never_exceed_the_capture(api: PayPalClient, desk: PayPalDesk) -> None:
    order = captured(api, desk)
    capture = capture_of(order)["id"]

    part = api.refund(capture, "10.00", key="one")
    assert (part["status"], violations("refund", part)) == ("COMPLETED", [])
    assert api.refund(capture, "10.00", key="one") == part
    with pytest.raises(ApiException) as too_much:
        api.refund(capture, "15.00", key="two")
    assert issue_of(too_much.value) == (422, "REFUND_AMOUNT_EXCEEDED")
    desk.refund(capture)
    with pytest.raises(ApiException) as nothing_left:
        api.refund(capture, "0.01", key="three")
    assert issue_of(nothing_left.value) == (422, "CAPTURE_FULLY_REFUNDED")

    seen = api.order(order["id"])
    assert violations("order", seen) == []
    assert capture_of(seen)["status"] == "REFUNDED"
    assert desk.simulator.payments(desk.account)[order["id"]]["refunded"] == 2499


def test_webhooks_are_signed_as_paypal_signs(
    api: PayPalClient, desk: PayPalDesk, receiver: Receiver
) -> None:
    webhook = listen(desk, receiver, "PAYMENT.CAPTURE.COMPLETED")

    order = captured(api, desk)

    [got] = receiver.wait_for(1)
    event = got.event
    assert violations("event", event) == []
    assert event["resource"]["supplementary_data"]["related_ids"]["order_id"] == order["id"]
    headers = got.headers
    chain = requests.get(headers["PAYPAL-CERT-URL"], timeout=5).content
    leaf, root = x509.load_pem_x509_certificates(chain)
    leaf.verify_directly_issued_by(root)
    signed = "|".join(
        (
            headers["PAYPAL-TRANSMISSION-ID"],
            headers["PAYPAL-TRANSMISSION-TIME"],
            webhook,
            str(zlib.crc32(got.body)),
        )
    )
    key = leaf.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    signature = b64decode(headers["PAYPAL-TRANSMISSION-SIG"])
    key.verify(signature, signed.encode(), padding.PKCS1v15(), SHA256())


def test_webhooks_are_doubled_dropped_and_reordered(
    api: PayPalClient, desk: PayPalDesk, receiver: Receiver
) -> None:
    listen(desk, receiver)
    desk.faults(webhooks={"duplicate": 1, "reorder": True})
    captured(api, desk)
    assert len(receiver.wait_for(6)) == 6

    desk.faults(webhooks={"drop": True})
    api.create("5.00", key="another")
    desk.simulator.wait_until_delivered(desk.account)
    assert len(receiver.wait_for(6)) == 6


@pytest.mark.parametrize(
    ("mode", "status"), [("error_500", 500), ("error_503", 503), ("error_429", 429)]
)
def test_trouble_at_paypal_changes_nothing(
    api: PayPalClient, desk: PayPalDesk, mode: str, status: int
) -> None:
    desk.faults(api=[{"route": "POST /paypal/v2/checkout/orders", "mode": mode}])

    with pytest.raises(ApiException) as trouble:
        api.create("24.99")

    assert trouble.value.response_code == status
    assert api.create("24.99")["status"] == "CREATED"


def test_a_timeout_after_the_deed_is_found_by_its_key(api: PayPalClient, desk: PayPalDesk) -> None:
    order = api.create("24.99")
    desk.approve(order["id"])
    desk.faults(
        api=[{"route": "POST /paypal/v2/checkout/orders/{id}/capture", "mode": "timeout_after"}]
    )

    with pytest.raises(requests.ConnectionError):
        api.capture(order["id"], key="take")

    assert api.capture(order["id"], key="take")["status"] == "COMPLETED"
    assert [one["kind"] for one in desk.simulator.ledger(desk.account)] == ["charge"]


def _details(error: ApiException) -> Any:
    body = json.loads(error.response.text)
    return {"details": [{name: one[name] for name in ("issue",)} for one in body["details"]]}


def _captured_alone(api: PayPalClient, order: dict[str, Any]) -> Any:
    found = api.sdk.payments.get_captured_payment({"capture_id": capture_of(order)["id"]})
    return json.loads(found.text)
