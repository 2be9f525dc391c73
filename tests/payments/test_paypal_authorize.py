"""PayPal's AUTHORIZE: held when the payer agrees, captured by hand, in part or whole, or voided."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from apps.orders.models import Order
from apps.payments import services
from apps.payments.errors import ProviderRefused
from apps.payments.gateways.base import IntentRequest, ProviderState
from apps.payments.gateways.gateway import Gateway
from apps.payments.models import PaymentAccount, PaymentCapture, PaymentIntent
from apps.refunds.models import Refund
from apps.shared import clock
from tests.payments.simulated import put_in, stored_line
from tests.payments.test_partial_capture import ill
from tests.refunds.orders import books, work_off
from tests.simulator.fixture import simulator
from tests.simulator.providers.paypal.contract import violations
from tests.simulator.running import RunningSimulator
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import new_cart
from tests.support.shops import TestShop
from tests.support.tills import PayPalTill

__all__ = ["simulator"]
WORKERS = ["apps.payments", "apps.checkout", "apps.refunds", "apps.finance.issue_"]
Json = dict[str, Any]
PART = {"currency_code": "USD", "value": "9.00"}


@pytest.fixture
def till(
    simulator: RunningSimulator,
    shop_a: TestShop,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> PayPalTill:
    monkeypatch.setattr(settings, "PAYPAL_API_BASE", f"{simulator.base_url}/paypal")
    made = PayPalTill(simulator, f"{shop_a.schema}_{abs(hash(request.node.name))}")
    made.connect(f"http://{shop_a.domain}/api/v1/webhooks/paypal")
    made.desk.faults(webhooks={"drop": True})
    PaymentAccount.objects.update(is_captured_by_hand=True)
    return made


@pytest.fixture
def line(till: PayPalTill) -> Gateway:
    return stored_line("paypal")


def held(line: Gateway, till: PayPalTill, key: str = "k") -> str:
    wanted = IntentRequest(
        amount=1500,
        currency="USD",
        metadata={"tenant": "shop_a", "payment": "pay_1"},
        is_captured_by_hand=True,
    )
    made = line.create_intent(wanted, key=f"{key}:make")
    till.pay(made.reference)
    assert line.fetch_intent(made.reference).state is ProviderState.APPROVED
    assert line.authorize_intent(made.reference, key=key).state is ProviderState.AUTHORIZED
    return made.reference


@pytest.fixture
def agreed(client_a: ShopClient, till: PayPalTill) -> PaymentIntent:
    order = new_cart(client_a, (make_variant(price=1000, stock=9), 1)).complete().json()
    path = f"orders/{order['id']}/payments"
    begun = client_a.post(path, order_token=order["token"]).json()
    till.pay(str(begun["provider_reference"]))
    confirmed = client_a.post(
        f"{path}/{begun['id']}/confirm", {"returned": {}}, order_token=order["token"]
    ).json()
    assert (confirmed["status"], confirmed["is_authorized"]) == ("processing", True)
    work_off(WORKERS)
    return PaymentIntent.objects.get()


def kinds(till: PayPalTill) -> list[str]:
    return [kind for kind, _ in till.ledger()]


def test_a_part_of_what_is_held_is_captured_once(line: Gateway, till: PayPalTill) -> None:
    """PAY-004, and the rest is free."""
    reference = held(line, till)

    first, again = (
        line.capture_intent(reference, amount=900, currency="USD", key="c") for _ in range(2)
    )

    assert first == again
    assert (first.state, first.amount_received) == (ProviderState.SUCCEEDED, 900)
    assert till.ledger() == [("authorization", 1500), ("release", 600), ("charge", 900)]
    assert line.cancel_intent(reference, key="v").state is ProviderState.SUCCEEDED


def test_more_than_is_held_is_refused(line: Gateway, till: PayPalTill) -> None:
    reference = held(line, till)

    with pytest.raises(ProviderRefused) as refusal:
        line.capture_intent(reference, amount=1501, currency="USD", key="c")

    assert refusal.value.details["reason"] == "max_capture_amount_exceeded"


def test_what_is_voided_is_free_and_not_captured(line: Gateway, till: PayPalTill) -> None:
    reference = held(line, till)

    voided, again = (line.cancel_intent(reference, key="v") for _ in range(2))

    assert (voided.state, again.state) == (ProviderState.CANCELLED, ProviderState.CANCELLED)
    late = line.capture_intent(reference, amount=1500, currency="USD", key="c")
    assert late.state is ProviderState.CANCELLED
    assert kinds(till) == ["authorization", "release"]


def test_an_order_that_is_captured_at_once_has_no_part(line: Gateway, till: PayPalTill) -> None:
    wanted = IntentRequest(
        amount=1500, currency="USD", metadata={"tenant": "shop_a", "payment": "pay_1"}
    )
    made = line.create_intent(wanted, key="k")
    till.pay(made.reference)

    with pytest.raises(ProviderRefused):
        line.capture_intent(made.reference, amount=900, currency="USD", key="c")


def test_a_declined_instrument_holds_nothing_and_another_may_be_chosen(
    line: Gateway, till: PayPalTill
) -> None:
    wanted = IntentRequest(
        amount=1500,
        currency="USD",
        metadata={"tenant": "shop_a", "payment": "pay_1"},
        is_captured_by_hand=True,
    )
    made = line.create_intent(wanted, key="k")
    till.decline(made.reference)

    declined = line.authorize_intent(made.reference, key="a")
    till.pay(made.reference)

    assert (declined.state, declined.failure_code) == (ProviderState.OPEN, "instrument_declined")
    # PayPal's times are of seconds: the key is that of another approval all the same.
    assert line.authorize_intent(made.reference, key="b").state is ProviderState.AUTHORIZED


def test_what_the_simulator_holds_is_as_paypal_describes_it(
    line: Gateway, till: PayPalTill
) -> None:
    held(line, till)

    [event] = [one for one in till.desk.events() if "AUTHORIZATION" in one["event_type"]]

    assert violations("authorization-2", event["resource"]) == []


def test_an_operator_captures_a_part(till: PayPalTill, agreed: PaymentIntent) -> None:
    """ORDER-007 at PayPal; the order keeps its stock as long as PayPal holds the money."""
    placed = Order.objects.get()
    assert placed.expires_at > clock.now() + timedelta(days=28)

    services.ask_for_capture(intent_id=agreed.pk, amount=900, now=clock.now())
    work_off(WORKERS)

    agreed.refresh_from_db()
    placed.refresh_from_db()
    assert (agreed.status, agreed.amount_captured, agreed.amount_released) == (
        "succeeded",
        900,
        600,
    )
    assert (placed.status, placed.due_amount, books(placed)) == ("paid", 900, [("credit", 900)])
    assert PaymentCapture.objects.get().status == "succeeded"
    assert ill() == []


@pytest.mark.parametrize("arrival", range(6))
def test_a_part_captured_in_the_dashboard_is_taken_in_whatever_order_it_is_told(
    till: PayPalTill, agreed: PaymentIntent, arrival: int
) -> None:
    """PAY-007."""
    till.desk.capture(agreed.provider_reference or "", PART)
    told = [one for one in till.desk.events() if "ORDER.APPROVED" not in one["event_type"]]
    assert len(told) == 3

    put_in(till, list(itertools.permutations(told))[arrival])

    agreed.refresh_from_db()
    placed = Order.objects.get()
    assert (agreed.status, agreed.amount_captured, agreed.flag) == ("succeeded", 900, "")
    assert (placed.status, placed.due_amount, books(placed)) == ("paid", 900, [("credit", 900)])
    assert not Refund.objects.exists()


def test_what_is_voided_in_the_dashboard_lets_the_order_go(
    till: PayPalTill, agreed: PaymentIntent
) -> None:
    till.desk.void(agreed.provider_reference or "")

    put_in(till, till.desk.events())

    agreed.refresh_from_db()
    assert (agreed.status, agreed.amount_capturable) == ("cancelled", 0)
    assert Order.objects.get().expires_at < clock.now() + timedelta(minutes=61)


def test_an_order_that_is_called_off_frees_what_is_held(
    till: PayPalTill, agreed: PaymentIntent
) -> None:
    services.cancel_payment_of_order(order_id=agreed.order_id, now=clock.now())

    assert kinds(till) == ["authorization", "release"]
