"""The simulated Razorpay, called by the official SDK."""

import hashlib
import hmac
from typing import Any

import pytest
import razorpay
import requests
from razorpay.errors import BadRequestError, ServerError

from tests.simulator.desks import RazorpayDesk
from tests.simulator.running import RunningSimulator
from tests.simulator_tests.receiver import Receiver

Json = dict[str, Any]


@pytest.fixture
def desk(simulator: RunningSimulator, account: str) -> RazorpayDesk:
    return RazorpayDesk(simulator, account)


@pytest.fixture
def api(desk: RazorpayDesk) -> razorpay.Client:
    return razorpay.Client(
        auth=(desk.values["key_id"], desk.values["key_secret"]),
        base_url=f"{desk.simulator.base_url}/razorpay",
    )


def ordered(api: razorpay.Client, amount: int = 2499, **fields: Any) -> Json:
    wanted = {"amount": amount, "currency": "INR", "receipt": "pay_1", "payment_capture": True}
    return dict(api.order.create({**wanted, "notes": {"payment": "pay_1"}, **fields}))


def test_an_order_is_paid_and_its_signature_is_good(
    api: razorpay.Client, desk: RazorpayDesk
) -> None:
    order = ordered(api)

    returned = desk.pay(order["id"])

    assert api.utility.verify_payment_signature(returned)
    payment = api.payment.fetch(returned["razorpay_payment_id"])
    assert (payment["status"], payment["captured"], payment["amount"]) == ("captured", True, 2499)
    seen = api.order.fetch(order["id"])
    assert (seen["status"], seen["amount_paid"], seen["amount_due"]) == ("paid", 2499, 0)
    assert desk.simulator.payments(desk.account)[order["id"]]["captured"] == 2499
    assert api.order.all({"receipt": "pay_1"})["items"][0]["id"] == order["id"]


def test_an_authorized_payment_is_captured_once(api: razorpay.Client, desk: RazorpayDesk) -> None:
    order = ordered(api, payment_capture=False)
    payment = desk.pay(order["id"], outcome="authorized")["razorpay_payment_id"]
    with pytest.raises(BadRequestError, match="equal to the amount authorized"):
        api.payment.capture(payment, 2498, {"currency": "INR"})

    assert api.payment.capture(payment, 2499, {"currency": "INR"})["status"] == "captured"

    with pytest.raises(BadRequestError, match="already been captured"):
        api.payment.capture(payment, 2499, {"currency": "INR"})
    assert [one["kind"] for one in desk.simulator.ledger(desk.account)] == ["charge"]


def test_refunds_have_a_key_and_never_exceed_the_payment(
    api: razorpay.Client, desk: RazorpayDesk
) -> None:
    order = ordered(api)
    payment = desk.pay(order["id"])["razorpay_payment_id"]
    key = {"X-Refund-Idempotency": "refund-number-1"}

    first = api.payment.refund(payment, {"amount": 1000}, headers=dict(key))
    again = api.payment.refund(payment, {"amount": 1000}, headers=dict(key))

    assert first == again
    with pytest.raises(BadRequestError, match="Different request body"):
        api.payment.refund(payment, {"amount": 999}, headers=dict(key))
    with pytest.raises(BadRequestError, match="greater than"):
        api.payment.refund(payment, {"amount": 1500})
    desk.refund(payment)
    assert [one["amount"] for one in api.payment.fetch_multiple_refund(payment)["items"]] == [
        1499,
        1000,
    ]
    assert api.payment.fetch(payment)["status"] == "refunded"
    with pytest.raises(BadRequestError, match="fully refunded"):
        api.payment.refund(payment, {"amount": 1})


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount": 99}, "minimum amount"),
        ({"amount": 1001, "currency": "KWD"}, "last digit"),
        ({"receipt": "r" * 41}, "40 characters"),
        ({"unheard_of": 1}, "should not be sent"),
    ],
)
def test_orders_are_checked(api: razorpay.Client, fields: Json, field: str) -> None:
    with pytest.raises(BadRequestError, match=field):
        ordered(api, **fields)


def test_webhooks_are_signed_over_the_body(
    api: razorpay.Client, desk: RazorpayDesk, receiver: Receiver
) -> None:
    desk.add_webhook(f"http://shop.localhost:{receiver.port}/webhooks")
    desk.faults(webhooks={"duplicate": 1})
    order = ordered(api)

    desk.pay(order["id"])

    got = receiver.wait_for(6)
    names = {one.event["event"] for one in got}
    assert names == {"payment.authorized", "payment.captured", "order.paid"}
    secret = desk.webhook_secret.encode()
    for one in got:
        signature = hmac.new(secret, one.body, hashlib.sha256).hexdigest()
        assert one.headers["X-Razorpay-Signature"] == signature
    assert len({one.headers["X-Razorpay-Event-Id"] for one in got}) == 3


def test_trouble_changes_nothing_and_a_timeout_hides_a_deed(
    api: razorpay.Client, desk: RazorpayDesk
) -> None:
    create = "POST /razorpay/v1/orders"
    desk.faults(api=[{"route": create, "mode": "error_500"}])
    with pytest.raises(ServerError):
        ordered(api)
    assert api.order.all({"receipt": "pay_1"})["count"] == 0

    desk.faults(api=[{"route": create, "mode": "timeout_after"}])
    with pytest.raises(requests.ConnectionError):
        ordered(api)
    assert api.order.all({"receipt": "pay_1"})["count"] == 1


def test_a_refund_may_fail_after_it_succeeded(
    api: razorpay.Client, desk: RazorpayDesk, receiver: Receiver
) -> None:
    desk.add_webhook(f"http://shop.localhost:{receiver.port}/webhooks")
    payment = desk.pay(ordered(api)["id"])["razorpay_payment_id"]
    refund = api.payment.refund(payment, {"amount": 1000})
    assert refund["status"] == "processed"

    assert desk.decide_refund(refund["id"], "failed")["status"] == "failed"

    got = receiver.wait_for(6)
    assert got[-1].event["event"] == "refund.failed"
    assert api.payment.fetch(payment)["amount_refunded"] == 0
