"""The PayPal gateway in this process, against the simulator: its words in ours."""

import logging
import time

import pytest
import requests
from django.conf import settings

from apps.payments.errors import InvalidSignature, ProviderRefused, ProviderUnavailable
from apps.payments.gateways import provider_of
from apps.payments.gateways.base import IntentRequest, ProviderState, RefundRequest
from apps.payments.gateways.gateway import Gateway
from apps.payments.gateways.paypal import certificates
from tests.simulator.desks import PayPalDesk
from tests.simulator.fixture import simulator
from tests.simulator.running import RunningSimulator
from tests.support.waiting import eventually

__all__ = ["simulator"]
CREATE = "POST /paypal/v2/checkout/orders"
CAPTURE = "POST /paypal/v2/checkout/orders/{id}/capture"
OURS = {"tenant": "shop_a", "payment": "pay_1"}


@pytest.fixture
def desk(simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> PayPalDesk:
    monkeypatch.setattr(settings, "PAYPAL_API_BASE", f"{simulator.base_url}/paypal")
    return PayPalDesk(simulator, f"shop{time.monotonic_ns()}")


@pytest.fixture
def line(desk: PayPalDesk) -> Gateway:
    return provider_of("paypal").line(desk.values)


def wanted(amount: int = 2499, currency: str = "USD", return_url: str = "") -> IntentRequest:
    return IntentRequest(
        amount=amount,
        currency=currency,
        metadata={**OURS, "order": "ord_1"},
        payment="pay_1",
        return_url=return_url,
    )


def taken(line: Gateway, desk: PayPalDesk) -> str:
    made = line.create_intent(wanted(), key="make")
    desk.approve(made.reference)
    line.capture_intent(made.reference, amount=2499, currency="USD", key="take")
    return made.reference


def test_an_order_from_its_making_to_its_capture(line: Gateway, desk: PayPalDesk) -> None:
    made = line.create_intent(wanted(), key="make")
    assert (made.state, dict(made.metadata)) == (ProviderState.OPEN, OURS)
    assert made.client["client_id"] == f"client_{desk.account}"
    assert made.client["paypal_order_id"] == made.reference
    assert made.client["approve_url"].endswith(f"/orders/{made.reference}/approve")
    assert line.create_intent(wanted(), key="make").reference == made.reference

    early = line.capture_intent(made.reference, amount=2499, currency="USD", key="take")
    desk.approve(made.reference)
    agreed = line.fetch_intent(made.reference)
    done = line.capture_intent(made.reference, amount=2499, currency="USD", key="take")
    again = line.capture_intent(made.reference, amount=2499, currency="USD", key="other")

    assert early.state is ProviderState.OPEN
    assert (agreed.state, agreed.amount_capturable) == (ProviderState.AUTHORIZED, 2499)
    assert (done.state, done.amount_received) == (ProviderState.SUCCEEDED, 2499)
    assert done.capture_reference
    assert again == done == line.fetch_intent(made.reference)


def test_a_shopper_who_is_sent_away_comes_back(line: Gateway, desk: PayPalDesk) -> None:
    made = line.create_intent(wanted(return_url="https://shop.example/thanks"), key="make")

    answer = requests.post(
        made.client["approve_url"],
        data={"instrument": "balance"},
        allow_redirects=False,
        timeout=5,
    )

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("https://shop.example/thanks?token=")


@pytest.mark.parametrize(
    ("amount", "currency"), [(1000, "KWD"), (100, "KHR"), (100, "IDR"), (150, "HUF")]
)
def test_what_paypal_cannot_write_is_not_asked_for(
    line: Gateway, desk: PayPalDesk, amount: int, currency: str
) -> None:
    with pytest.raises(ProviderRefused):
        line.create_intent(wanted(amount, currency), key="make")

    assert CREATE not in desk.simulator.requests(desk.account)


def test_yen_have_no_decimals(line: Gateway, desk: PayPalDesk) -> None:
    made = line.create_intent(wanted(1999, "JPY"), key="make")
    desk.approve(made.reference)

    done = line.capture_intent(made.reference, amount=1999, currency="JPY", key="take")

    assert (done.amount_received, done.currency) == (1999, "JPY")
    assert desk.simulator.payments(desk.account)[made.reference]["captured"] == 1999


def test_a_declined_capture_leaves_the_order_open(line: Gateway, desk: PayPalDesk) -> None:
    made = line.create_intent(wanted(), key="make")
    desk.approve(made.reference, instrument="declined")

    declined = line.capture_intent(made.reference, amount=2499, currency="USD", key="take")

    assert (declined.state, declined.failure_code) == (ProviderState.OPEN, "instrument_declined")
    desk.approve(made.reference)
    done = line.capture_intent(made.reference, amount=2499, currency="USD", key="take")
    assert done.state is ProviderState.SUCCEEDED


@pytest.mark.parametrize(
    ("instrument", "end"),
    [("pending", ProviderState.SUCCEEDED), ("denied", ProviderState.CANCELLED)],
)
def test_a_pending_capture_is_not_given_up(
    line: Gateway, desk: PayPalDesk, instrument: str, end: ProviderState
) -> None:
    """Money may still come: neither paid nor cancelled, until PayPal has decided."""
    made = line.create_intent(wanted(), key="make")
    desk.approve(made.reference, instrument=instrument)
    waiting = line.capture_intent(made.reference, amount=2499, currency="USD", key="take")
    assert (waiting.state, waiting.amount_received) == (ProviderState.OPEN, 0)
    assert line.cancel_intent(made.reference, key="stop").state is ProviderState.OPEN

    eventually(lambda: line.fetch_intent(made.reference).state is not ProviderState.OPEN)

    assert line.fetch_intent(made.reference).state is end


def test_giving_up_takes_no_call_and_no_money(line: Gateway, desk: PayPalDesk) -> None:
    made = line.create_intent(wanted(), key="make")
    desk.approve(made.reference)

    assert line.cancel_intent(made.reference, key="stop").state is ProviderState.CANCELLED
    assert desk.simulator.ledger(desk.account) == []


def test_refunds_find_their_capture_and_are_listed(line: Gateway, desk: PayPalDesk) -> None:
    reference = taken(line, desk)
    ours = {"tenant": "shop_a", "refund": "ref_1"}
    request = RefundRequest(
        payment_reference=reference, amount=999, currency="USD", metadata={**ours, "order": "o"}
    )

    first = line.create_refund(request, key="back")
    again = line.create_refund(request, key="back")
    desk.refund(line.fetch_intent(reference).capture_reference)

    assert first == again == line.fetch_refund(first.reference)
    assert (first.amount, dict(first.metadata)) == (999, ours)
    assert [one.amount for one in line.refunds_of_payment(reference)] == [999, 1500]
    with pytest.raises(ProviderRefused) as refused:
        line.create_refund(request, key="more")
    assert refused.value.details["reason"] == "capture_fully_refunded"


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("error_500", "provider_error"),
        ("error_503", "provider_error"),
        ("error_429", "too_many_requests"),
        ("timeout_before", "no_answer"),
    ],
)
def test_trouble_is_told_in_our_words(
    line: Gateway, desk: PayPalDesk, mode: str, reason: str
) -> None:
    """The SDK tries twice by itself."""
    desk.faults(api=[{"route": CREATE, "mode": mode, "times": 2}])

    with pytest.raises(ProviderUnavailable) as told:
        line.create_intent(wanted(), key="make")

    assert told.value.details["reason"] == reason
    assert line.create_intent(wanted(), key="make").state is ProviderState.OPEN


def test_a_timeout_after_the_deed_makes_one_order_and_one_capture(
    line: Gateway, desk: PayPalDesk
) -> None:
    """X7: the second try of the SDK finds what the first one made."""
    desk.faults(api=[{"route": one, "mode": "timeout_after"} for one in (CREATE, CAPTURE)])

    reference = taken(line, desk)

    assert line.fetch_intent(reference).state is ProviderState.SUCCEEDED
    assert [one["kind"] for one in desk.simulator.ledger(desk.account)] == ["charge"]


def test_wrong_credentials_are_told_and_never_logged(
    desk: PayPalDesk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    values = {**desk.values, "client_secret": "must-not-show"}

    with pytest.raises(ProviderUnavailable) as told:
        provider_of("paypal").line(values).fetch_intent("ORDER1")

    assert told.value.details["reason"] == "credentials_refused"
    assert "must-not-show" not in caplog.text


def test_a_certificate_that_is_not_there_proves_nothing(desk: PayPalDesk) -> None:
    base = settings.PAYPAL_API_BASE
    with pytest.raises(InvalidSignature):
        certificates._chain_at(f"{base}/v1/notifications/certs/NONE")
    with pytest.raises(ProviderUnavailable):
        certificates._chain_at("http://127.0.0.1:9/v1/notifications/certs/CERT")
