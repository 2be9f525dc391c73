"""Through the official SDK, the outbox and signed webhooks' bodies, against the simulator."""

import json
import uuid
from typing import Any

import pytest
from django.conf import settings

from apps.checkout import services as checkout
from apps.orders.dto import OrderCaller
from apps.orders.models import Order
from apps.payments import services as payment_services
from apps.payments.gateways.base import WebhookEnvelope
from apps.refunds import services
from apps.refunds.models import Refund
from apps.shared import clock
from apps.shared.api.tokens import access_token
from apps.shared.outbox.models import EventDelivery
from tests.refunds.orders import (
    NOW,
    ask,
    books,
    credit_notes,
    intent_of,
    refunded,
    send,
    statuses,
    work_off,
)
from tests.simulator.fixture import simulator
from tests.simulator.running import RunningSimulator
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import connect_payments, new_cart
from tests.support.shops import TestShop

__all__ = ["simulator"]
WORKERS = ("apps.payments", "apps.checkout", "apps.refunds")


class Provider:
    """One account at the simulator; its webhooks are fetched and stored as the endpoint would."""

    def __init__(self, running: RunningSimulator, account: str) -> None:
        self.running, self.account = running, account
        self._seen: set[str] = set()

    def webhooks(self) -> list[str]:
        """Take in what the account has to tell, newest first, each event twice."""
        found = self.running.client(self.account).v1.events.list({"limit": 100}).data
        fresh = [one.to_dict() for one in found if one.id not in self._seen]
        self._seen |= {one["id"] for one in fresh}
        for event in [*fresh, *fresh]:
            payment_services.store_provider_event(
                provider="stripe",
                envelope=WebhookEnvelope(event_id=event["id"], event_type=event["type"]),
                headers={},
                body=json.dumps(event, default=str).encode(),
                now=clock.now(),
            )
        work_off(WORKERS)
        return [one["type"] for one in fresh]

    def refunded(self, order: Order) -> int:
        """INV 3: what the provider says it gave back."""
        payment = self.running.payments(self.account)[intent_of(order).provider_reference or ""]
        amount: int = payment["refunded"]
        return amount


@pytest.fixture
def provider(
    shop_a: TestShop, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> Provider:
    monkeypatch.setattr(settings, "STRIPE_API_BASE", simulator.base_url)
    account = f"refunding{uuid.uuid4().hex[:12]}"
    connect_payments(account)
    return Provider(simulator, account)


def paid(provider: Provider, shop: TestShop, card: str = "pm_card_visa") -> Order:
    """Bought and paid as a shopper does; two at 10.00 and 5.00 of shipping."""
    made = new_cart(ShopClient(shop.domain), (make_variant(price=1000), 2)).complete().json()
    order = Order.objects.get(number=made["number"])
    caller = OrderCaller(token=access_token("order", order.pk))
    payment = checkout.start_payment(order_id=order.pk, caller=caller, now=clock.now())
    assert payment.provider_reference is not None
    provider.running.confirm(
        provider.account, payment.provider_reference, payment.client["client_secret"], card
    )
    provider.webhooks()
    assert statuses(order) == ("paid", "paid")
    return order


def test_a_refund_and_its_webhooks_in_the_wrong_order(provider: Provider, shop_a: TestShop) -> None:
    """PAY-007, INV 3."""
    order = paid(provider, shop_a)

    refund = refunded(order, other_amount=700)
    told = provider.webhooks()

    assert {"refund.created", "charge.refunded"} <= set(told)
    assert (Refund.objects.count(), refund.status) == (1, "succeeded")
    assert provider.refunded(order) == 700
    assert books(order) == [("credit", 2500), ("debit", 700)]
    assert not EventDelivery.objects.exclude(last_error="").exists()


def test_x7_the_provider_times_out_after_it_acted(provider: Provider, shop_a: TestShop) -> None:
    """X7: one refund there, one here, whatever comes first."""
    order = paid(provider, shop_a)
    refund = ask(order, other_amount=700)
    fault = {"route": "POST /v1/refunds", "mode": "timeout_after", "seconds": 0.1, "times": 1}
    provider.running.faults(provider.account, api=[fault])

    assert send(refund) == "succeeded"
    provider.webhooks()

    assert (provider.refunded(order), Refund.objects.count()) == (700, 1)
    assert books(order) == [("credit", 2500), ("debit", 700)]


def test_a_restart_between_call_and_answer_finds_the_refund(
    provider: Provider, shop_a: TestShop
) -> None:
    """PAY-005: killed after the provider acted; its key may be forgotten by now."""
    order = paid(provider, shop_a)
    refund = ask(order, other_amount=700)
    wish = services.begin_refund(refund_id=refund.pk, now=NOW)
    assert wish is not None
    payment_services.request_provider_refund(
        payment_id=wish.payment_id,
        refund_id=refund.pk,
        amount=wish.amount,
        currency=wish.currency,
        key="another-key-as-if-ours-were-forgotten",
        is_repeated=False,
    )

    assert send(refund) == "succeeded"

    assert provider.refunded(order) == 700


def test_p7_the_webhook_never_comes_and_asking_finds_out(
    provider: Provider, shop_a: TestShop
) -> None:
    order = paid(provider, shop_a)
    provider.running.faults(provider.account, refunds={"status": "pending"})
    refund = refunded(order, other_amount=700)
    assert refund.status == "processing"
    provider.running.decide_refund(provider.account, str(refund.provider_reference), "succeeded")

    outcomes = services.sync_refunds(
        payment_id=intent_of(order).pk, order_id=order.pk, now=clock.now()
    )

    assert list(outcomes.values()) == ["succeeded"]
    assert statuses(order)[0] == "partially_refunded"


def test_a_pending_refund_that_fails_and_its_retry(provider: Provider, shop_a: TestShop) -> None:
    order = paid(provider, shop_a)
    provider.running.faults(provider.account, refunds={"status": "pending"})
    refund = refunded(order, other_amount=700)
    provider.running.decide_refund(provider.account, str(refund.provider_reference), "failed")
    provider.webhooks()
    refund.refresh_from_db()
    assert (refund.status, books(order)) == ("failed", [("credit", 2500)])
    provider.running.clear_faults(provider.account)

    again = services.retry_refund(refund_id=refund.pk, now=clock.now())
    assert send(again) == "succeeded"
    provider.webhooks()

    assert provider.refunded(order) == 700
    assert books(order) == [("credit", 2500), ("debit", 700)]


def test_r4_dashboard_and_later_failure(provider: Provider, shop_a: TestShop) -> None:
    """R4, REF-006."""
    order = paid(provider, shop_a)
    made = provider.running.dashboard_refund(
        provider.account, str(intent_of(order).provider_reference), 250
    )
    provider.webhooks()
    refund = Refund.objects.get()
    assert (refund.source, refund.status, refund.amount) == ("provider", "succeeded", 250)
    assert statuses(order)[0] == "partially_refunded"

    provider.running.decide_refund(provider.account, made["id"], "failed")
    provider.webhooks()

    refund.refresh_from_db()
    assert (refund.flag, provider.refunded(order)) == ("reversed_by_provider", 0)
    assert sum(a if kind == "credit" else -a for kind, a in books(order)) == 2500
    assert len(credit_notes(order)) == 1


def test_what_the_dashboard_gave_back_is_refused_there_and_fails_here(
    provider: Provider, shop_a: TestShop
) -> None:
    """REF-003, INV 3: before its webhook came."""
    order = paid(provider, shop_a)
    provider.running.dashboard_refund(
        provider.account, str(intent_of(order).provider_reference), 2000
    )

    refund: Any = refunded(order, other_amount=1000)
    provider.webhooks()

    refund.refresh_from_db()
    assert (refund.status, refund.failure_code) == ("failed", "provider_refused")
    assert provider.refunded(order) == 2000
    assert books(order) == [("credit", 2500), ("debit", 2000)]
