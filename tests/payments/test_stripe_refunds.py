"""Refunds through the official SDK, against the simulator."""

import uuid
from typing import Any

import pytest
from django.conf import settings

from apps.payments.errors import ProviderRefused, ProviderUnavailable
from apps.payments.gateways import provider_of
from apps.payments.gateways.base import (
    ProviderRefundState,
    RefundRequest,
)
from apps.payments.gateways.gateway import Gateway
from apps.payments.gateways.stripe.credentials import StripeCredentials
from apps.payments.gateways.stripe.webhook_endpoint import EVENTS, ensure_webhook_endpoint
from tests.simulator.fixture import simulator
from tests.simulator.running import RunningSimulator

__all__ = ["simulator"]
HOOK = "http://127.0.0.1:9/hook"


@pytest.fixture
def account(simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(settings, "STRIPE_API_BASE", simulator.base_url)
    return f"refunds{uuid.uuid4().hex[:12]}"


@pytest.fixture
def line(account: str) -> Gateway:
    return provider_of("stripe").line({"secret_key": f"sk_test_{account}"})


def paid(simulator: RunningSimulator, account: str, amount: int = 1000) -> str:
    made: Any = simulator.client(account).v1.payment_intents.create(
        {
            "amount": amount,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "return_url": "https://shop.example/return",
        }
    )
    return str(made.id)


def wish(payment: str, amount: int = 600) -> RefundRequest:
    return RefundRequest(
        payment_reference=payment, amount=amount, currency="USD", metadata={"refund": "ref_1"}
    )


def test_pay_004_one_key_gives_back_once(
    simulator: RunningSimulator, account: str, line: Gateway
) -> None:
    """PAY-004."""
    payment = paid(simulator, account)

    first, second = (line.create_refund(wish(payment), key="k") for _ in range(2))

    assert first == second
    assert (first.state, first.amount, first.currency, first.payment_reference) == (
        ProviderRefundState.SUCCEEDED,
        600,
        "USD",
        payment,
    )
    assert first.metadata == {"refund": "ref_1"}
    assert simulator.payments(account)[payment]["refunded"] == 600


def test_a_timeout_may_have_acted_and_the_same_key_finds_what_it_did(
    simulator: RunningSimulator, account: str, line: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X7 for refunds."""
    payment = paid(simulator, account)
    fault = {"route": "POST /v1/refunds", "mode": "timeout_after", "seconds": 0.1, "times": 1}
    simulator.faults(account, api=[fault])

    first = line.create_refund(wish(payment), key="k")
    again = line.create_refund(wish(payment), key="k")

    assert first == again
    assert simulator.requests(account)["POST /v1/refunds"] == 3
    assert simulator.payments(account)[payment]["refunded"] == 600


def test_no_answer_at_all_says_that_nothing_is_known(
    simulator: RunningSimulator, account: str, line: Gateway
) -> None:
    payment = paid(simulator, account)
    simulator.faults(account, api=[{"route": "POST /v1/refunds", "mode": "error_503", "times": 2}])

    with pytest.raises(ProviderUnavailable):
        line.create_refund(wish(payment), key="k")

    assert line.create_refund(wish(payment), key="k").state is ProviderRefundState.SUCCEEDED


def test_too_much_is_refused_for_good(
    simulator: RunningSimulator, account: str, line: Gateway
) -> None:
    payment = paid(simulator, account)

    with pytest.raises(ProviderRefused):
        line.create_refund(wish(payment, 1001), key="k")

    assert simulator.payments(account)[payment]["refunded"] == 0


def test_refunds_are_listed_oldest_first_whoever_made_them(
    simulator: RunningSimulator, account: str, line: Gateway
) -> None:
    """REF-006."""
    payment = paid(simulator, account)
    ours = line.create_refund(wish(payment), key="k")
    theirs = simulator.dashboard_refund(account, payment, 250)

    listed = line.refunds_of_payment(payment)

    assert [(one.reference, one.amount) for one in listed] == [
        (ours.reference, 600),
        (theirs["id"], 250),
    ]
    assert line.fetch_refund(ours.reference) == ours


def test_a_refund_may_wait_and_then_fail(
    simulator: RunningSimulator, account: str, line: Gateway
) -> None:
    payment = paid(simulator, account)
    simulator.faults(account, refunds={"status": "pending"})

    made = line.create_refund(wish(payment), key="k")
    simulator.decide_refund(account, made.reference, "failed")

    assert made.state is ProviderRefundState.PENDING
    assert line.fetch_refund(made.reference).state is ProviderRefundState.FAILED


def test_an_endpoint_that_sends_too_little_is_told_of_the_new_events(
    simulator: RunningSimulator, account: str
) -> None:
    endpoints = simulator.client(account).v1.webhook_endpoints
    endpoints.create({"url": HOOK, "enabled_events": ["payment_intent.succeeded"]})

    known = StripeCredentials(secret_key=f"sk_test_{account}", webhook_secret="whsec_known")
    changed = ensure_webhook_endpoint(known, url=HOOK)

    assert changed == {}
    assert set(endpoints.list().data[0].enabled_events) == set(EVENTS)
