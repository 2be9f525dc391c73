"""`manage.py repair payments`, with the official SDK against the simulator."""

import uuid

import pytest
from django.conf import settings

from apps.checkout import services as checkout
from apps.orders import services as orders
from apps.orders.dto import OrderCaller
from apps.orders.models import Order
from apps.payments.dto import PaymentDetail
from apps.payments.models import PaymentAccount, PaymentIntent
from apps.shared import clock
from apps.shared.api.tokens import access_token
from apps.shared.audit.models import AuditEntry
from apps.shared.schema import PUBLIC
from tests.refunds.orders import work_off
from tests.refunds.test_simulator import Provider
from tests.repair.running import Run, repair
from tests.simulator.fixture import simulator
from tests.simulator.running import RunningSimulator
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import connect_payments, new_cart
from tests.support.shops import TestShop
from tests.support.tables import fingerprints

__all__ = ["simulator"]


@pytest.fixture
def provider(
    shop_a: TestShop, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> Provider:
    monkeypatch.setattr(settings, "STRIPE_API_BASE", simulator.base_url)
    account = f"repair{uuid.uuid4().hex[:12]}"
    connect_payments(account)
    return Provider(simulator, account)


def bought(shop: TestShop) -> tuple[Order, PaymentDetail]:
    """An order whose payment the provider knows of."""
    made = new_cart(ShopClient(shop.domain), (make_variant(price=1000), 2)).complete().json()
    order = Order.objects.get(number=made["number"])
    caller = OrderCaller(token=access_token("order", order.pk))
    return order, checkout.start_payment(order_id=order.pk, caller=caller, now=clock.now())


def pay(provider: Provider, payment: PaymentDetail) -> None:
    """At the provider, whose webhook does not come."""
    assert payment.provider_reference is not None
    provider.running.confirm(
        provider.account,
        payment.provider_reference,
        payment.client["client_secret"],
        "pm_card_visa",
    )


def payments(shop: TestShop, *arguments: str) -> Run:
    return repair("payments", "--older-than", "0", *arguments, shop=shop)


def writes(provider: Provider) -> dict[str, int]:
    """Calls that change something at the provider."""
    calls = provider.running.requests(provider.account)
    return {name: count for name, count in calls.items() if not name.startswith("GET ")}


def status(order: Order) -> str:
    order.refresh_from_db()
    return order.status


def test_a_dry_run_asks_and_writes_nothing_here_or_there(
    provider: Provider, shop_a: TestShop
) -> None:
    paid, payment = bought(shop_a)
    pay(provider, payment)
    over, _ = bought(shop_a)
    orders.cancel_order(order_id=over.pk, reason="x", now=clock.now())
    before, told = fingerprints(shop_a.schema, PUBLIC), writes(provider)

    run = payments(shop_a, "--dry-run")

    assert run.code == 0
    assert f"(order {paid.number})\n    status  processing → succeeded" in run.text
    assert f"(order {over.number})\n    status  processing → cancelled" in run.text
    assert "2 would be mended; nothing was changed" in run.text
    assert fingerprints(shop_a.schema, PUBLIC) == before
    assert writes(provider) == told


def test_lost_webhooks_are_made_up_for(provider: Provider, shop_a: TestShop) -> None:
    paid, payment = bought(shop_a)
    pay(provider, payment)
    waiting, _ = bought(shop_a)
    over, _ = bought(shop_a)
    orders.cancel_order(order_id=over.pk, reason="x", now=clock.now())

    run = payments(shop_a, "--yes")
    work_off(("apps.payments", "apps.checkout"))

    assert (run.code, "2 mended, 0 well by now, 0 failed" in run.text) == (0, True)
    assert [status(one) for one in (paid, waiting, over)] == [
        "paid",
        "awaiting_payment",
        "cancelled",
    ]
    ledger = provider.running.payments(provider.account)
    assert [one["captured"] for one in ledger.values() if one["captured"]] == [2500]
    assert sorted(PaymentIntent.objects.values_list("status", flat=True)) == [
        "cancelled",
        "processing",
        "succeeded",
    ]
    assert AuditEntry.objects.filter(action="repair.payments").count() == 2
    # The webhooks come after all, each twice: nothing more happens.
    provider.webhooks()
    assert "0 payments to mend" in payments(shop_a, "--yes").text
    assert status(paid) == "paid"


def test_one_is_chosen_by_its_id(provider: Provider, shop_a: TestShop) -> None:
    order, payment = bought(shop_a)
    other, left = bought(shop_a)
    pay(provider, payment)
    pay(provider, left)
    run = payments(shop_a, "--id", f"pay_{payment.id.hex}", "--yes")
    assert "1 mended" in run.text
    work_off(("apps.checkout",))
    assert [status(order), status(other)] == ["paid", "awaiting_payment"]
    assert payments(shop_a, "--id", "ord_1").code == 1
    unknown = payments(shop_a, "--id", f"pay_{uuid.uuid4().hex}", "--yes")
    assert (unknown.code, "PaymentNotFound" in unknown.text) == (3, True)


def test_a_young_payment_is_given_time(provider: Provider, shop_a: TestShop) -> None:
    _, payment = bought(shop_a)
    pay(provider, payment)
    run = repair("payments", "--dry-run", shop=shop_a)
    assert "0 payments to mend" in run.text


def test_an_account_that_is_gone_fails_and_says_so(provider: Provider, shop_a: TestShop) -> None:
    _, payment = bought(shop_a)
    pay(provider, payment)
    PaymentAccount.objects.all().delete()
    run = payments(shop_a, "--yes")
    assert (run.code, "failed: NoPaymentProvider" in run.text) == (3, True)
