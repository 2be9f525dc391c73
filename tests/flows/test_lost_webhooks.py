"""The provider acts, and its word never comes: everything ends as if it had (P7, X7, PAY-008)."""

from datetime import timedelta
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

import pytest

from apps.checkout.tasks import expire_in_shops, sync_payments_in_shops
from apps.finance.models import FinancialTransaction, Invoice
from apps.orders import services as orders
from apps.orders.models import Order
from apps.payments.models import PaymentIntent, ProviderEvent
from apps.reconciliation import services as reconciliation
from apps.refunds.models import Refund
from apps.refunds.tasks import sweep_in_shops
from apps.shared import clock
from tests.support.final_check import wait_until_quiet
from tests.support.goods import make_variant
from tests.support.live_shops import LiveShop
from tests.support.shopper import PlacedOrder, place_order
from tests.support.waiting import eventually

pytestmark = pytest.mark.xdist_group("processes")

CONFIRM = "POST /v1/payment_intents/{id}/confirm"


@pytest.fixture
def silent(shop: LiveShop) -> LiveShop:
    """A shop whose provider sends no webhooks."""
    shop.platform.simulator.faults(shop.account, webhooks={"drop": True})
    return shop


def minutes_pass(minutes: int) -> None:
    """For payments: they were made so much earlier."""
    earlier = clock.now() - timedelta(minutes=minutes)
    PaymentIntent.objects.update(created_at=earlier, updated_at=earlier)


def beat(shop: LiveShop) -> None:
    """What the scheduler makes workers do once a minute."""
    sync_payments_in_shops(schema_name="public", shops=[shop.schema])
    sweep_in_shops(schema_name="public", shops=[shop.schema])
    wait_until_quiet(shop)


def ledger(shop: LiveShop) -> list[tuple[str, int]]:
    entries: list[Any] = shop.platform.simulator.ledger(shop.account)
    return [(one["kind"], one["amount"]) for one in entries]


def assert_paid_once(shop: LiveShop, order: PlacedOrder) -> None:
    order.wait_for_mail()
    assert order.look()["status"] == "paid"
    assert ledger(shop) == [("charge", order.total)]
    assert FinancialTransaction.objects.count() == Invoice.objects.count() == 1
    assert len(order.mails()) == 1
    assert not ProviderEvent.objects.exists()


def test_a_payment_whose_webhook_never_comes_is_found(silent: LiveShop) -> None:
    """P7: two minutes after it was begun at the earliest; the promise is five after it was paid."""
    order = place_order(silent, (make_variant(), 1))
    order.pay()
    beat(silent)
    assert order.look()["status"] == "awaiting_payment"

    minutes_pass(2)
    beat(silent)
    beat(silent)

    assert_paid_once(silent, order)


def test_a_provider_that_charges_and_then_breaks_off(silent: LiveShop) -> None:
    """X7: neither the shopper nor we hear of it; paid once."""
    order = place_order(silent, (make_variant(), 1))
    payment = order.start_payment()
    silent.platform.simulator.faults(
        silent.account,
        webhooks={"drop": True},
        api=[{"route": CONFIRM, "mode": "timeout_after"}],
    )
    with pytest.raises((URLError, HTTPException, OSError)):
        order.confirm(payment)

    minutes_pass(2)
    beat(silent)

    assert_paid_once(silent, order)


def test_a_call_that_was_lost_with_its_process_is_found_by_its_key(silent: LiveShop) -> None:
    """PAY-004, PAY-005: the provider made the payment, and nobody wrote its answer down."""
    order = place_order(silent, (make_variant(), 1))
    first = order.start_payment()
    PaymentIntent.objects.update(provider_reference=None, client={})

    minutes_pass(2)
    beat(silent)

    again = order.start_payment()
    assert again["provider_reference"] == first["provider_reference"]
    order.confirm(again)
    beat_until_paid(silent, order)
    assert_paid_once(silent, order)


def beat_until_paid(shop: LiveShop, order: PlacedOrder) -> None:
    minutes_pass(20)
    PaymentIntent.objects.update(asked_at=None)
    beat(shop)
    order.wait_until_paid()


def test_who_pays_in_the_last_seconds_is_served(silent: LiveShop) -> None:
    """PAY-008, P7: the webhook is lost and the order's time is up; the provider is asked first."""
    order = place_order(silent, (make_variant(stock=5), 2))
    order.pay()
    _time_is_up()

    assert expire_in_shops(schema_name="public", shops=[silent.schema]) == 0

    assert_paid_once(silent, order)


def test_who_does_not_pay_holds_no_stock(silent: LiveShop) -> None:
    """INV 8: given up at the provider first, where it cannot be paid any more."""
    order = place_order(silent, (make_variant(stock=5), 2))
    payment = order.start_payment()
    _time_is_up()

    assert expire_in_shops(schema_name="public", shops=[silent.schema]) == 1

    assert order.look()["status"] == "failed"
    assert PaymentIntent.objects.get().status == "cancelled"
    assert order.confirm(payment).get("status") != "succeeded"
    assert ledger(silent) == []


def _time_is_up() -> None:
    now = clock.now()
    Order.objects.update(expires_at=now - timedelta(seconds=1), placed_at=now - timedelta(hours=1))


def test_money_for_an_order_that_expired_meanwhile_is_given_back(silent: LiveShop) -> None:
    """PAY-008, X7: charged in the last second; refunded within minutes, once, without books."""
    variant = make_variant(stock=5)
    order = place_order(silent, (variant, 2))
    order.pay()
    past = clock.now() - timedelta(seconds=1)
    Order.objects.update(expires_at=past)
    assert orders.expire_order(order_id=Order.objects.get().pk, now=clock.now())
    wait_until_quiet(silent)
    assert PaymentIntent.objects.get().flag == "order_not_payable"

    beat(silent)
    beat(silent)

    eventually(lambda: PaymentIntent.objects.get().resolved_at, what="the money is given back")
    assert order.look()["status"] == "failed"
    assert ledger(silent) == [("charge", order.total), ("refund", order.total)]
    assert [(one.status, one.is_orphan) for one in Refund.objects.all()] == [("succeeded", True)]
    assert not FinancialTransaction.objects.exists()
    assert order.mails() == []


def test_a_refund_of_the_dashboard_whose_webhook_never_comes(silent: LiveShop) -> None:
    """REF-006, FIN-005: the nightly comparison takes it in; one mail tells the shopper."""
    order = place_order(silent, (make_variant(), 1))
    payment = order.pay()
    minutes_pass(2)
    beat(silent)
    order.wait_for_mail()
    silent.platform.simulator.dashboard_refund(silent.account, payment["provider_reference"])

    today = clock.now().date()
    found = reconciliation.reconcile_day(provider="stripe", on=today, now=clock.now())
    assert [one.outcome for one in found.differences] == ["succeeded"]
    again = reconciliation.reconcile_day(provider="stripe", on=today, now=clock.now())
    assert again.differences == ()

    wait_until_quiet(silent)
    assert order.look()["status"] == "refunded"
    eventually(lambda: len(order.mails()) == 2, what="the refund is told")
