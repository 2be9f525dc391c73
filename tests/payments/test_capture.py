"""Money that is agreed to first and taken later: by us at once, or by the shop when it likes."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from apps.orders.models import Order
from apps.payments import services
from apps.payments.errors import NotAuthorized
from apps.payments.models import PaymentAccount, PaymentIntent
from apps.shared import clock
from apps.shared.audit.models import AuditEntry
from tests.admin.browser import owner_of
from tests.refunds.orders import work_off
from tests.simulator.fixture import simulator
from tests.simulator.running import RunningSimulator
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import new_cart
from tests.support.shops import TestShop

__all__ = ["simulator"]
Json = dict[str, Any]
OURS = ["apps.payments", "apps.checkout"]


@pytest.fixture
def account(simulator: RunningSimulator, shop_a: TestShop, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(settings, "STRIPE_API_BASE", simulator.base_url)
    name = f"capture{uuid.uuid4().hex[:12]}"
    keys = {"secret_key": f"sk_test_{name}", "publishable_key": f"pk_test_{name}"}
    services.save_account(provider="stripe", values=keys)
    PaymentAccount.objects.update(is_captured_by_hand=True)
    return name


@pytest.fixture
def order(client_a: ShopClient, account: str) -> Json:
    return dict(new_cart(client_a, (make_variant(price=1000, stock=9), 1)).complete().json())


def start(client: ShopClient, order: Json) -> Json:
    answer = client.post(f"orders/{order['id']}/payments", order_token=order["token"])
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def confirm(client: ShopClient, order: Json, payment: Json, **returned: str) -> Any:
    path = f"orders/{order['id']}/payments/{payment['id']}/confirm"
    return client.post(path, {"returned": returned}, order_token=order["token"])


def agree(
    simulator: RunningSimulator, account: str, payment: Json, card: str = "pm_card_visa"
) -> Json:
    secret = payment["client"]["client_secret"]
    return simulator.confirm(account, payment["provider_reference"], secret, card)


@pytest.fixture
def agreed(
    simulator: RunningSimulator, client_a: ShopClient, account: str, order: Json
) -> PaymentIntent:
    payment = start(client_a, order)
    assert agree(simulator, account, payment)["status"] == "requires_capture"
    answer = confirm(client_a, order, payment)
    assert (answer.json()["status"], answer.json()["is_authorized"]) == ("processing", True)
    return PaymentIntent.objects.get()


def taken(simulator: RunningSimulator, account: str, intent: PaymentIntent) -> int:
    return int(simulator.payments(account)[intent.provider_reference]["captured"])


def test_a_shop_that_captures_by_hand_takes_it_later(
    simulator: RunningSimulator, account: str, agreed: PaymentIntent, shop_a: TestShop
) -> None:
    work_off(OURS)
    order = Order.objects.get()
    assert (agreed.amount_capturable, order.status) == (1500, "awaiting_payment")
    assert order.expires_at > clock.now() + timedelta(days=6)
    assert taken(simulator, account, agreed) == 0

    action = {"action": "capture", "_selected_action": [str(agreed.pk)]}
    answer = owner_of(shop_a).post("/admin/payments/paymentintent/", action)
    work_off(OURS)

    agreed.refresh_from_db()
    order.refresh_from_db()
    assert (answer.status_code, agreed.status, order.status) == (302, "succeeded", "paid")
    assert taken(simulator, account, agreed) == 1500
    entry = AuditEntry.objects.get(action="payments.capture_requested")
    assert entry.target_id == agreed.public_id


def test_a_capture_that_timed_out_after_it_acted_is_taken_once(
    simulator: RunningSimulator, account: str, agreed: PaymentIntent
) -> None:
    """X7, PAY-004."""
    route = "POST /v1/payment_intents/{id}/capture"
    fault = {"route": route, "mode": "timeout_after", "seconds": 0.1, "times": 1}
    simulator.faults(account, api=[fault])

    outcome = services.capture_payment(intent_id=agreed.pk, now=clock.now())

    assert outcome == "succeeded"
    assert services.capture_payment(intent_id=agreed.pk, now=clock.now()) == "already_succeeded"
    assert taken(simulator, account, agreed) == 1500


def test_what_was_given_up_meanwhile_is_not_captured(
    simulator: RunningSimulator, account: str, agreed: PaymentIntent
) -> None:
    services.cancel_payment_of_order(order_id=agreed.order_id, now=clock.now())

    with pytest.raises(NotAuthorized):
        services.capture_payment(intent_id=agreed.pk, now=clock.now())
    with pytest.raises(NotAuthorized):
        services.ask_for_capture(intent_id=agreed.pk, now=clock.now())
    assert taken(simulator, account, agreed) == 0


def test_an_automatic_payment_that_is_only_agreed_to_is_captured_at_once(
    simulator: RunningSimulator, client_a: ShopClient, account: str, order: Json
) -> None:
    """As with providers that take no money by themselves."""
    payment = start(client_a, order)
    PaymentIntent.objects.update(is_captured_by_hand=False)
    agree(simulator, account, payment)

    answer = confirm(client_a, order, payment)
    work_off(OURS)

    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    assert Order.objects.get().status == "paid"


def test_three_d_secure_and_a_declined_card_leave_it_open(
    simulator: RunningSimulator, client_a: ShopClient, account: str, order: Json
) -> None:
    PaymentAccount.objects.update(is_captured_by_hand=False)
    payment = start(client_a, order)

    asked = agree(simulator, account, payment, "pm_card_threeDSecure2Required")
    waiting = confirm(client_a, order, payment).json()
    agree(simulator, account, payment, "pm_card_chargeDeclinedInsufficientFunds")
    declined = confirm(client_a, order, payment).json()
    agree(simulator, account, payment)
    paid = confirm(client_a, order, payment).json()

    assert (asked["status"], waiting["status"], waiting["failure"]) == (
        "requires_action",
        "processing",
        None,
    )
    assert (declined["status"], declined["failure"]["code"]) == (
        "processing",
        "insufficient_funds",
    )
    assert (paid["status"], paid["client"], paid["failure"]) == ("succeeded", None, None)


def test_coming_back_unpaid_makes_nothing_paid(
    client_a: ShopClient, account: str, order: Json
) -> None:
    """ORDER-005: a client's claim is none."""
    payment = start(client_a, order)

    answer = confirm(client_a, order, payment, status="succeeded", redirect_status="succeeded")

    assert (answer.status_code, answer.json()["status"]) == (200, "processing")
    assert Order.objects.get().status == "awaiting_payment"


def test_another_orders_payment_is_not_found(
    client_a: ShopClient, account: str, order: Json
) -> None:
    other = new_cart(client_a, (make_variant(stock=9), 1)).complete().json()
    payment = start(client_a, order)

    answer = confirm(client_a, dict(other), payment)

    assert (answer.status_code, answer.json()["code"]) == (404, "payment_not_found")
