"""PAY-007 for the providers besides Stripe: what they say of a payment, in every order, twice."""

import itertools
import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.conf import settings

from apps.finance.models import FinancialTransaction, Invoice
from apps.orders.models import Order
from apps.payments.models import PaymentIntent, ProviderEvent
from apps.refunds.models import Refund
from apps.shared.outbox.models import DeliveryState, EventDelivery
from tests.payments.simulated import put_in, stored_line
from tests.simulator.fixture import simulator
from tests.simulator.running import RunningSimulator
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import new_cart
from tests.support.shops import TestShop
from tests.support.tills import TILLS, Till

__all__ = ["simulator"]
Json = dict[str, Any]
MOST_ORDERS = 24


@pytest.fixture(params=TILLS, ids=[one.code for one in TILLS])
def till(
    simulator: RunningSimulator,
    shop_a: TestShop,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Till]:
    for name in ("PAYPAL", "RAZORPAY"):
        base = f"{simulator.base_url}/{name.lower()}"
        monkeypatch.setattr(settings, f"{name}_API_BASE", base)
    made: Till = request.param(simulator, f"{shop_a.schema}_{abs(hash(request.node.name))}")
    made.connect(f"http://{shop_a.domain}/api/v1/webhooks/{made.code}")
    made.desk.faults(webhooks={"drop": True})
    yield made
    simulator.reset(made.desk.account)


def paid_at_provider(client: ShopClient, till: Till) -> None:
    """A new order whose shopper is declined first and pays then, without a word to us."""
    order = new_cart(client, (make_variant(price=1000), 1)).complete().json()
    begun = client.post(f"orders/{order['id']}/payments", order_token=order["token"]).json()
    reference = str(begun["provider_reference"])
    line = stored_line(till.code)
    till.decline(reference)
    line.capture_intent(reference, amount=1500, currency="USD", key=f"{reference}:1")
    till.pay(reference)
    line.capture_intent(reference, amount=1500, currency="USD", key=f"{reference}:2")


def some_orders(events: Sequence[Json]) -> list[tuple[Json, ...]]:
    """Every order of arrival; of many, some that are the same every time."""
    if len(events) <= 4:
        return list(itertools.permutations(events))
    chance = random.Random(7)
    return [tuple(chance.sample(events, len(events))) for _ in range(MOST_ORDERS)]


def assert_all_was_heard() -> None:
    assert not ProviderEvent.objects.exclude(state="processed").exists()
    assert not EventDelivery.objects.filter(state=DeliveryState.DEAD).exists()


def test_a_payment_and_its_refund_end_the_same_however_their_webhooks_arrive(
    client_a: ShopClient, till: Till
) -> None:
    """R4, REF-006: the refund is one of the dashboard."""
    for number in range(MOST_ORDERS):
        before = len(till.desk.events())
        paid_at_provider(client_a, till)
        till.refund(PaymentIntent.objects.latest("id").provider_reference or "")
        events = till.desk.events()[before:]
        assert len(events) >= 4

        put_in(till, some_orders(events)[number])

        intent, order = PaymentIntent.objects.latest("id"), Order.objects.latest("id")
        arrival = [till.event_type(one) for one in some_orders(events)[number]]
        assert (intent.status, intent.flag, intent.failure_code) == ("succeeded", "", ""), arrival
        assert (order.status, order.payment_status) == ("refunded", "refunded"), arrival
        refund = Refund.objects.get(order_id=order.pk)
        assert (refund.status, refund.amount, refund.reversed_at) == ("succeeded", 1500, None)
        booked = FinancialTransaction.objects.filter(financial_order__order_id=order.pk)
        assert sorted(booked.values_list("kind", "amount")) == [("credit", 1500), ("debit", 1500)]
        assert Invoice.objects.filter(order_id=order.pk).count() == 1
        assert_all_was_heard()


def test_a_webhook_about_nothing_we_know_is_parked_and_stops_nothing(
    client_a: ShopClient, till: Till
) -> None:
    """P9, PAY-006."""
    paid_at_provider(client_a, till)
    events = till.desk.events()
    reference = PaymentIntent.objects.get().provider_reference or ""
    PaymentIntent.objects.update(provider_reference="for a while another")
    put_in(till, events[:1])
    assert ProviderEvent.objects.get().state == "parked"

    PaymentIntent.objects.update(provider_reference=reference)
    put_in(till, events[1:])

    assert Order.objects.get().status == "paid"
    assert_all_was_heard()
