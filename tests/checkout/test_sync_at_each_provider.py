"""P7 at each provider: a payment of which nobody told us is asked for, and the answer goes the same
way as a webhook's."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from apps.checkout import services
from apps.finance.models import FinancialTransaction
from apps.orders.models import Order
from apps.payments import services as payments
from apps.payments.gateways import providers
from apps.payments.models import PaymentAccount, PaymentIntent, ProviderEvent
from apps.payments.services import _take_provider_intent
from apps.shared.ids import new_id
from apps.shared.outbox.models import DomainEvent
from tests.payments.simulated import WORKERS
from tests.refunds.orders import work_off
from tests.simulator.desks import BakongDesk, PayPalDesk, RazorpayDesk
from tests.simulator.fixture import simulator
from tests.simulator.running import RunningSimulator
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import connect_payments, new_cart
from tests.support.shops import TestShop

__all__ = ["simulator"]
Json = dict[str, Any]
EACH = ("stripe", "paypal", "razorpay", "bakong")


class Shopper:
    """Pays at one provider; none of its webhooks reaches anybody."""

    def __init__(self, simulator: RunningSimulator, code: str, account: str) -> None:
        self.simulator, self.code, self.account = simulator, code, account

    def connect(self) -> None:
        if self.code == "stripe":
            connect_payments(self.account)
        else:
            payments.save_account(provider=self.code, values=self._desk().values)
        PaymentAccount.objects.exclude(provider=self.code).update(is_active=False)

    def pay(self, payment: Json) -> None:
        reference, client = payment["provider_reference"], payment["client"]
        if self.code == "stripe":
            secret = client["client_secret"]
            self.simulator.confirm(self.account, reference, secret, "pm_card_visa")
        elif self.code == "paypal":
            PayPalDesk(self.simulator, self.account).approve(reference)
        elif self.code == "razorpay":
            RazorpayDesk(self.simulator, self.account).pay(reference)
        else:
            BakongDesk(self.simulator, self.account).pay(client["qr"])

    def taken(self) -> list[int]:
        return [one["amount"] for one in self.simulator.ledger(self.account)]

    def _desk(self) -> PayPalDesk | RazorpayDesk | BakongDesk:
        desks = {"paypal": PayPalDesk, "razorpay": RazorpayDesk, "bakong": BakongDesk}
        return desks[self.code](self.simulator, self.account)


@pytest.fixture(params=EACH)
def shopper(
    simulator: RunningSimulator,
    shop_a: TestShop,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Shopper]:
    monkeypatch.setattr(settings, "STRIPE_API_BASE", simulator.base_url)
    for code in EACH[1:]:
        base = f"{simulator.base_url}/{code}"
        monkeypatch.setattr(settings, f"{code.upper()}_API_BASE", base)
    made = Shopper(simulator, request.param, f"{shop_a.schema}_{new_id().hex[:8]}")
    made.connect()
    yield made
    simulator.reset(made.account)


def begun(client: ShopClient) -> Json:
    order = new_cart(client, (make_variant(price=1000), 1)).complete().json()
    answer = client.post(f"orders/{order['id']}/payments", order_token=order["token"])
    assert answer.status_code == 201, answer.content
    payment: Json = answer.json()
    return payment


def sweep(minutes: int) -> int:
    """What beat asks for, so long after the payment was begun."""
    now = PaymentIntent.objects.get().created_at + timedelta(minutes=minutes)
    asked = services.sync_overdue_payments(now=now, most=10)
    work_off(WORKERS)
    return asked


def test_all_providers_are_shown_here() -> None:
    assert set(EACH) == {one.code for one in providers()}


def test_a_payment_of_which_nobody_told_us_is_asked_for(
    client_a: ShopClient, shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P7: from two minutes on, and by the service that a webhook's facts go through."""
    applied: list[str] = []
    apply = _take_provider_intent.apply_provider_intent

    def noted(**arguments: Any) -> str:
        applied.append(apply(**arguments))
        return applied[-1]

    monkeypatch.setattr(_take_provider_intent, "apply_provider_intent", noted)
    payment = begun(client_a)
    shopper.pay(payment)
    assert [sweep(1), Order.objects.get().status] == [0, "awaiting_payment"]

    assert sweep(2) == 1

    intent, order = PaymentIntent.objects.get(), Order.objects.get()
    assert (intent.status, intent.flag, intent.provider) == ("succeeded", "", shopper.code)
    assert (order.status, shopper.taken()) == ("paid", [1500])
    assert applied.count("succeeded") == 1
    assert not ProviderEvent.objects.exists()
    assert [sweep(3), sweep(60)] == [0, 0]
    assert FinancialTransaction.objects.count() == 1
    assert DomainEvent.objects.filter(name="payments.intent.succeeded").count() == 1


def test_a_payment_that_nobody_made_is_asked_for_and_left_open(
    client_a: ShopClient, shopper: Shopper
) -> None:
    begun(client_a)

    assert [sweep(minute) for minute in (2, 3, 4)] == [1, 1, 1]

    assert PaymentIntent.objects.get().status == "processing"
    assert Order.objects.get().status == "awaiting_payment"
