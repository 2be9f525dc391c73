"""The Razorpay gateway in this process: whom it believes, and its words in ours."""

import hashlib
import hmac
import json
import logging
import time
from typing import Any

import pytest
from django.conf import settings

from apps.payments.errors import (
    InvalidSignature,
    ProviderRefused,
    ProviderUnavailable,
    UnreadableWebhook,
)
from apps.payments.gateways import provider_of
from apps.payments.gateways.base import (
    DisputeState,
    IntentRequest,
    ProviderDispute,
    ProviderIntent,
    ProviderRefund,
    ProviderState,
    RefundRequest,
)
from apps.payments.gateways.gateway import Gateway
from apps.payments.gateways.razorpay.webhooks import facts
from tests.simulator.desks import RazorpayDesk
from tests.simulator.fixture import simulator
from tests.simulator.running import RunningSimulator

__all__ = ["simulator"]
CREATE = "POST /razorpay/v1/orders"
NOW = 1_767_355_200
EVENT = {"event": "payment.captured", "account_id": "acc_1", "created_at": NOW, "payload": {}}
BODY = json.dumps(EVENT).encode()


@pytest.fixture
def desk(simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> RazorpayDesk:
    monkeypatch.setattr(settings, "RAZORPAY_API_BASE", f"{simulator.base_url}/razorpay")
    return RazorpayDesk(simulator, f"shop{time.monotonic_ns()}")


@pytest.fixture
def line(desk: RazorpayDesk) -> Gateway:
    return provider_of("razorpay").line(desk.values)


def wanted(amount: int = 2499, currency: str = "INR", **more: Any) -> IntentRequest:
    return IntentRequest(
        amount=amount,
        currency=currency,
        metadata={"tenant": "shop_a", "payment": "pay_1"},
        payment="pay_1",
        **more,
    )


def signature(secret: str, body: bytes = BODY) -> dict[str, str]:
    made = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Razorpay-Signature": made}


def test_two_webhook_secrets_are_live_while_one_is_replaced(desk: RazorpayDesk) -> None:
    values = {**desk.values, "webhook_secret": "next", "former_webhook_secret": "before"}
    line = provider_of("razorpay").line(values)

    for secret in ("next", "before"):
        told = line.verify_webhook(body=BODY, headers=signature(secret), now=NOW)
        assert (told.event_type, told.account) == ("payment.captured", "acc_1")
    with pytest.raises(InvalidSignature):
        line.verify_webhook(body=BODY, headers=signature("long ago"), now=NOW)


def test_an_event_is_known_by_what_was_signed(line: Gateway, desk: RazorpayDesk) -> None:
    """The event id in the header is not signed: a body that is sent again under another one is
    the same event (PAY-007)."""
    headers = signature(desk.webhook_secret)

    told = [
        line.verify_webhook(
            body=BODY, headers={**headers, "X-Razorpay-Event-Id": one}, now=NOW
        ).event_id
        for one in ("evt_1", "evt_2")
    ]

    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (BODY, {}),
        (BODY, {"X-Razorpay-Signature": ""}),
        (BODY, {"X-Razorpay-Signature": "é"}),
        (BODY, signature("wrong")),
        (BODY.replace(b"captured", b"capturee"), signature("a secret of the tests")),
        (b"", signature("a secret of the tests", b"")),
        (b"[]", signature("a secret of the tests", b"[]")),
    ],
)
def test_what_is_not_signed_so_is_refused(
    line: Gateway, body: bytes, headers: dict[str, str]
) -> None:
    """P1."""
    with pytest.raises(InvalidSignature):
        line.verify_webhook(body=body, headers=headers, now=NOW)


def test_what_is_signed_and_nested_too_deep_is_said_to_be_so(
    line: Gateway, desk: RazorpayDesk
) -> None:
    deep = b"[" * 100_000
    with pytest.raises(UnreadableWebhook):
        line.verify_webhook(body=deep, headers=signature(desk.webhook_secret, deep), now=NOW)


def test_a_body_from_the_future_is_refused(line: Gateway, desk: RazorpayDesk) -> None:
    """P1. From the past it is not: Razorpay repeats the same bytes for a day."""
    headers = signature(desk.webhook_secret)

    with pytest.raises(InvalidSignature):
        line.verify_webhook(body=BODY, headers=headers, now=NOW - 301)
    assert line.verify_webhook(body=BODY, headers=headers, now=NOW + 86_400)


def test_what_checkout_hands_back_is_checked(line: Gateway, desk: RazorpayDesk) -> None:
    reference = line.create_intent(wanted(), key="make").reference
    returned = desk.pay(reference)

    line.check_return(reference=reference, returned=returned)

    for wrong in (
        {**returned, "razorpay_payment_id": "pay_other"},
        {**returned, "razorpay_order_id": "order_other"},
        {**returned, "razorpay_signature": ""},
        {},
    ):
        with pytest.raises(InvalidSignature):
            line.check_return(reference=reference, returned=wrong)
    with pytest.raises(InvalidSignature):
        line.check_return(reference="order_other", returned=returned)


def test_an_order_is_made_once_and_paid(line: Gateway, desk: RazorpayDesk) -> None:
    """PAY-004: by its receipt, since orders have no keys."""
    made = line.create_intent(wanted(), key="make")
    assert line.create_intent(wanted(), key="make").reference == made.reference
    assert dict(made.client) == {
        "razorpay_order_id": made.reference,
        "key_id": f"rzp_test_{desk.account}",
    }
    desk.pay(made.reference, outcome="failed")
    failed = line.fetch_intent(made.reference)
    desk.pay(made.reference)

    done = line.fetch_intent(made.reference)

    assert (failed.state, failed.failure_code) == (ProviderState.OPEN, "payment_failed")
    assert (done.state, done.amount_received, done.failure_code) == (
        ProviderState.SUCCEEDED,
        2499,
        "",
    )
    assert desk.simulator.requests(desk.account)[CREATE] == 1


def test_what_is_authorized_is_captured_once(line: Gateway, desk: RazorpayDesk) -> None:
    made = line.create_intent(wanted(is_captured_by_hand=True), key="make")
    desk.pay(made.reference)
    agreed = line.fetch_intent(made.reference)

    done = [
        line.capture_intent(made.reference, amount=2499, currency="INR", key="take")
        for _ in range(2)
    ]

    assert (agreed.state, agreed.amount_capturable) == (ProviderState.AUTHORIZED, 2499)
    assert {one.state for one in done} == {ProviderState.SUCCEEDED}
    assert [one["kind"] for one in desk.simulator.ledger(desk.account)] == ["charge"]


@pytest.mark.parametrize(
    ("amount", "currency", "taken"),
    [(1999, "JPY", 1999), (1230, "KWD", 1230), (1999, "USD", 1999), (500_000, "IDR", 500_000)],
)
def test_amounts(line: Gateway, desk: RazorpayDesk, amount: int, currency: str, taken: int) -> None:
    made = line.create_intent(wanted(amount, currency), key="make")
    desk.pay(made.reference)

    done = line.fetch_intent(made.reference)

    assert (done.amount_received, done.currency) == (amount, currency)
    assert desk.simulator.payments(desk.account)[made.reference]["captured"] == taken


def test_what_razorpay_does_not_take_is_refused(line: Gateway) -> None:
    for amount, currency in ((1231, "KWD"), (99, "INR")):
        with pytest.raises(ProviderRefused):
            line.create_intent(wanted(amount, currency), key="make")


def test_refunds_are_made_once_per_key_and_listed(line: Gateway, desk: RazorpayDesk) -> None:
    made = line.create_intent(wanted(), key="make")
    desk.pay(made.reference)
    ours = {"tenant": "shop_a", "refund": "ref_1"}
    request = RefundRequest(
        payment_reference=made.reference, amount=999, currency="INR", metadata=ours
    )

    first, again = (line.create_refund(request, key="ref_1:create:1") for _ in range(2))
    desk.refund(line.fetch_intent(made.reference).capture_reference)

    assert first == again == line.fetch_refund(first.reference)
    assert dict(first.metadata) == ours
    assert [one.amount for one in line.refunds_of_payment(made.reference)] == [999, 1500]
    with pytest.raises(ProviderRefused):
        line.create_refund(request, key="ref_1:create:2")


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("error_500", "provider_error"),
        ("error_503", "provider_error"),
        ("error_429", "too_many_requests"),
        ("timeout_after", "no_answer"),
    ],
)
def test_trouble_is_told_in_our_words_and_nowhere_else(
    line: Gateway,
    desk: RazorpayDesk,
    capsys: pytest.CaptureFixture[str],
    mode: str,
    reason: str,
) -> None:
    """The SDK alone would print it, and fail to read it."""
    desk.faults(api=[{"route": CREATE, "mode": mode}])

    with pytest.raises(ProviderUnavailable) as told:
        line.create_intent(wanted(), key="make")

    assert told.value.details["reason"] == reason
    assert capsys.readouterr().out == ""
    assert line.create_intent(wanted(), key="make").state is ProviderState.OPEN


def test_wrong_credentials_are_told_and_never_logged(
    desk: RazorpayDesk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    values = {**desk.values, "key_secret": "must-not-show"}

    with pytest.raises(ProviderUnavailable) as told:
        provider_of("razorpay").line(values).fetch_intent("order_1")

    assert told.value.details["reason"] == "credentials_refused"
    assert "must-not-show" not in caplog.text


def test_what_webhooks_tell() -> None:
    payment = {
        "id": "pay_1",
        "order_id": "order_1",
        "amount": 2499,
        "currency": "INR",
        "captured": True,
        "status": "captured",
        "notes": [],
    }
    refund = {
        "id": "rfnd_1",
        "payment_id": "pay_1",
        "amount": 999,
        "currency": "INR",
        "status": "processed",
        "notes": {"refund": "ref_1"},
        "created_at": NOW,
    }
    dispute = {
        "id": "disp_1",
        "payment_id": "pay_1",
        "amount": 2499,
        "currency": "INR",
        "status": "open",
        "reason_code": "goods_not_received",
        "respond_by": NOW + 86_400,
    }

    [intent] = told(payment=payment)
    [given_back] = told(payment=payment, refund=refund)
    [disputed] = told(payment=payment, dispute=dispute)

    assert isinstance(intent, ProviderIntent)
    assert (intent.reference, intent.capture_reference) == ("order_1", "pay_1")
    assert isinstance(given_back, ProviderRefund)
    assert (given_back.payment_reference, given_back.amount) == ("order_1", 999)
    assert isinstance(disputed, ProviderDispute)
    # By the order, which is known before its payment was heard of.
    assert (disputed.state, disputed.payment_reference) == (DisputeState.OPEN, "order_1")
    # Of a payment that was never captured, and of one without an order: nothing of ours.
    assert told(payment={**payment, "captured": False}, refund=refund) == []
    assert told(payment={**payment, "order_id": None}) == []
    # Ended without a word for either side: nobody has to do anything any more.
    [over] = told(payment=payment, dispute={**dispute, "status": "closed"})
    assert over.state is DisputeState.WON


def told(**entities: dict[str, Any]) -> list[Any]:
    payload = {name: {"entity": entity} for name, entity in entities.items()}
    return list(facts(json.dumps({**EVENT, "payload": payload}).encode()))
