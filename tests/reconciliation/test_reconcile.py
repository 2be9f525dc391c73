"""The daily comparison, against the simulator through the official SDK (FIN-005)."""

import csv
import uuid
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.urls import reverse

from apps.checkout import services as checkout
from apps.finance.models import FinancialTransaction
from apps.orders.dto import OrderCaller
from apps.orders.models import Order
from apps.payments.models import PaymentIntent
from apps.reconciliation import services, tasks
from apps.reconciliation.models import Reconciliation
from apps.refunds.models import Refund
from apps.shared import clock
from apps.shared.api.tokens import access_token
from apps.shared.outbox.models import EventDelivery
from apps.shop.models import ShopSettings
from config.celery import app
from config.settings.integrations.celery_beat import CELERY_BEAT_SCHEDULE
from tests.admin.browser import owner_of, signed_in, staff_of
from tests.refunds.orders import ask, books, intent_of, statuses, work_off
from tests.refunds.test_simulator import Provider
from tests.simulator.fixture import simulator
from tests.simulator.running import RunningSimulator
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import connect_payments, new_cart
from tests.support.shops import TestShop

__all__ = ["simulator"]
WORKERS = ("apps.payments", "apps.checkout", "apps.refunds", "apps.finance")


@pytest.fixture
def provider(
    shop_a: TestShop, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> Provider:
    monkeypatch.setattr(settings, "STRIPE_API_BASE", simulator.base_url)
    account = f"reconciling{uuid.uuid4().hex[:12]}"
    connect_payments(account)
    return Provider(simulator, account)


def charged(provider: Provider, shop: TestShop) -> Order:
    """An order of 25.00 whose payment succeeded at the provider; nobody told us."""
    made = new_cart(ShopClient(shop.domain), (make_variant(price=2000), 1)).complete().json()
    order = Order.objects.get(number=made["number"])
    caller = OrderCaller(token=access_token("order", order.pk), customer_id=None)
    payment = checkout.start_payment(order_id=order.pk, caller=caller, now=clock.now())
    provider.running.confirm(
        provider.account,
        payment.provider_reference or "",
        payment.client["client_secret"],
        "pm_card_visa",
    )
    return order


def paid(provider: Provider, shop: TestShop) -> Order:
    order = charged(provider, shop)
    provider.webhooks()
    assert statuses(order)[0] == "paid"
    return order


def today() -> date:
    return clock.now().date()


def reconcile(**options: Any) -> list[tuple[str, str]]:
    """Kinds and outcomes of what is found today."""
    found = services.reconcile_day(provider="stripe", on=today(), now=clock.now(), **options)
    return [(str(one.kind), one.outcome) for one in found.differences]


def test_a_day_without_differences(provider: Provider, shop_a: TestShop) -> None:
    """FIN-005: credits − debits = captured − refunded = what the provider reports."""
    order = paid(provider, shop_a)
    paid(provider, shop_a)
    ask(order, other_amount=700)
    work_off(WORKERS)

    assert reconcile() == []

    report = Reconciliation.objects.get()
    sums = report.figures["USD"]
    assert (sums["provider_captured"], sums["credits"]) == (5000, 5000)
    assert (sums["provider_refunded"], sums["debits"]) == (700, 700)
    assert report.difference_count == 0


def test_lost_words_of_the_provider_are_found_and_taken(
    provider: Provider, shop_a: TestShop
) -> None:
    """P7, REF-006, B2: a payment and a refund of the dashboard whose webhooks never came."""
    known = paid(provider, shop_a)
    provider.running.dashboard_refund(provider.account, intent_of(known).provider_reference or "")
    lost = charged(provider, shop_a)

    assert reconcile() == [("payment_not_taken", "succeeded"), ("refund_unknown", "succeeded")]
    work_off(WORKERS)

    assert reconcile() == []
    assert statuses(lost)[0] == "paid"
    assert statuses(known)[0] == "refunded"
    assert books(known) == [("credit", 2500), ("debit", 2500)]


def test_a_dry_run_tells_and_mends_nothing(provider: Provider, shop_a: TestShop) -> None:
    lost = charged(provider, shop_a)
    assert reconcile(mends=False) == [("payment_not_taken", "")]
    assert statuses(lost)[0] == "awaiting_payment"


def test_money_that_nobody_here_asked_for_is_told_and_left_alone(
    provider: Provider, shop_a: TestShop
) -> None:
    """PAY-008: whose it is, only people can say."""
    client = provider.running.client(provider.account)
    foreign = client.v1.payment_intents.create(
        {
            "amount": 900,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "return_url": "https://shop.example/return",
        }
    )

    assert reconcile() == [("payment_unknown", "")]

    told = Reconciliation.objects.get().differences.get()
    assert (told.reference, told.provider_amount) == (foreign.id, 900)


def test_money_that_was_taken_in_our_name_is_taken_in(provider: Provider, shop_a: TestShop) -> None:
    """PAY-005, FIN-005: the provider's reference was lost here, and its key is too old by now."""
    order = charged(provider, shop_a)
    PaymentIntent.objects.update(provider_reference=None)

    assert reconcile() == [("payment_unknown", "succeeded")]
    work_off(WORKERS)

    assert reconcile() == []
    assert statuses(order) == ("paid", "paid")
    assert books(order) == [("credit", 2500)]


def test_money_in_another_shop_s_name_is_left_alone(provider: Provider, shop_a: TestShop) -> None:
    """TEN-001: the same account, another shop's metadata."""
    order = charged(provider, shop_a)
    ours = PaymentIntent.objects.get()
    client = provider.running.client(provider.account)
    client.v1.payment_intents.create(
        {
            "amount": 900,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "confirm": True,
            "return_url": "https://shop.example/return",
            "metadata": {"tenant": "shop_elsewhere", "payment": ours.public_id},
        }
    )
    reference = ours.provider_reference
    assert sorted(reconcile()) == [("payment_not_taken", "succeeded"), ("payment_unknown", "")]
    ours.refresh_from_db()
    assert (ours.provider_reference, order.pk) == (reference, ours.order_id)


def test_an_orphan_is_given_back_by_the_comparison_as_well(
    provider: Provider, shop_a: TestShop
) -> None:
    """PAY-008, X7: the order was given up here, and paid there."""
    order = charged(provider, shop_a)
    PaymentIntent.objects.update(flag="succeeded_after_close", status="cancelled")
    Order.objects.update(status="cancelled", closed="cancelled")

    assert reconcile() == [("orphan_open", "refund_opened")]
    work_off(WORKERS)

    assert reconcile() == []
    assert (provider.refunded(order), FinancialTransaction.objects.count()) == (2500, 0)
    sums = Reconciliation.objects.get().figures["USD"]
    assert (sums["orphans_captured"], sums["orphans_refunded"]) == (2500, 2500)


def test_what_we_believe_and_the_provider_does_not_is_told(
    provider: Provider, shop_a: TestShop
) -> None:
    """FIN-005: a success and a refund that nobody made there."""
    order = paid(provider, shop_a)
    now = clock.now()
    PaymentIntent.objects.create(
        order_id=uuid.uuid4(),
        provider="stripe",
        status="succeeded",
        amount=100,
        currency="USD",
        provider_reference="pi_invented",
        created_at=now,
        updated_at=now,
    )
    refund = ask(order, other_amount=100)
    Refund.objects.filter(pk=refund.pk).update(
        status="succeeded", provider_reference="re_invented", updated_at=now
    )

    assert reconcile(mends=False) == [
        ("payment_missing_at_provider", ""),
        ("refund_missing_at_provider", ""),
    ]


def test_a_refund_that_failed_weeks_later_is_reversed(provider: Provider, shop_a: TestShop) -> None:
    """R4: and its webhook never came."""
    order = paid(provider, shop_a)
    refund = ask(order, other_amount=700)
    work_off(WORKERS)
    refund.refresh_from_db()
    provider.running.decide_refund(provider.account, refund.provider_reference or "", "failed")

    assert reconcile() == [("refund_failed_at_provider", "reversed")]
    assert reconcile() == []


def test_a_day_of_many_pages_is_read_to_its_end(
    provider: Provider, shop_a: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cursors: three a page, seven charges."""
    monkeypatch.setattr("apps.payments.gateways.stripe.ledger._PAGE", 3)
    client = provider.running.client(provider.account)
    for amount in range(100, 107):
        client.v1.payment_intents.create(
            {
                "amount": amount,
                "currency": "usd",
                "payment_method": "pm_card_visa",
                "confirm": True,
                "return_url": "https://shop.example/return",
            }
        )

    assert len(reconcile()) == 7
    amounts = Reconciliation.objects.get().differences.values_list("provider_amount", flat=True)
    assert list(amounts) == list(range(100, 107))


def test_another_day_has_nothing_of_today(provider: Provider, shop_a: TestShop) -> None:
    charged(provider, shop_a)
    tomorrow = today() + timedelta(days=1)
    found = services.reconcile_day(provider="stripe", on=tomorrow, now=clock.now())
    assert (found.differences, dict(found.figures)) == ((), {})


def test_the_night_looks_at_yesterday_and_at_days_that_still_differ(
    provider: Provider, shop_a: TestShop
) -> None:
    charged(provider, shop_a)
    reconcile(mends=False)
    tomorrow_night = datetime.combine(
        today() + timedelta(days=2), datetime.min.time(), UTC
    ) + timedelta(minutes=30)

    assert services.reconcile_due_days(now=tomorrow_night) == 1
    EventDelivery.objects.update(due_at=clock.now())
    work_off(WORKERS)
    assert services.reconcile_due_days(now=tomorrow_night) == 0

    assert sorted(Reconciliation.objects.values_list("on", flat=True)) == [
        today(),
        today() + timedelta(days=1),
    ]


def test_beat_asks_every_night(provider: Provider, shop_a: TestShop, shop_b: TestShop) -> None:
    """TEN-002, T3."""
    entry = CELERY_BEAT_SCHEDULE["reconcile"]
    assert entry["task"] in app.tasks
    assert (entry["schedule"].hour, entry["schedule"].minute) == (set(range(8)), {30})

    shops = [shop_a.schema, shop_b.schema]
    assert tasks.reconcile_in_shops(schema_name="public", shops=shops) == 0

    assert Reconciliation.objects.get().on == today() - timedelta(days=1)


def command(shop: TestShop, *arguments: str) -> None:
    call_command("reconcile", "--tenant", shop.slug, "--date", today().isoformat(), *arguments)


def test_the_command_writes_csv_and_exits_by_what_it_found(
    provider: Provider, shop_a: TestShop, tmp_path: Path
) -> None:
    order = charged(provider, shop_a)
    target = tmp_path / "differences.csv"

    with pytest.raises(CommandError) as found:
        command(shop_a, "--csv", str(target))
    work_off(WORKERS)

    assert found.value.returncode == 1
    rows = list(csv.DictReader(target.read_text().splitlines()))
    sums = ["captured", "refunded", "fees", "paid_out"]
    assert [row["kind"] for row in rows] == [*sums, "payment_not_taken", "capture"]
    assert rows[4]["payment"] == rows[5]["payment"] == intent_of(order).public_id
    assert (rows[4]["provider_amount"], rows[4]["outcome"]) == ("2500", "succeeded")
    assert (rows[5]["provider_amount"], rows[5]["fee"], rows[5]["payout"]) == ("2500", "103", "")
    command(shop_a)


def test_a_shop_that_cannot_be_compared_is_another_exit_code(
    provider: Provider, shop_a: TestShop, simulator: RunningSimulator
) -> None:
    faults = [{"route": "GET /v1/charges", "mode": "error_503", "times": 9}]
    simulator.faults(provider.account, api=faults)
    with pytest.raises(CommandError) as refused:
        command(shop_a)
    assert refused.value.returncode == 2
    assert not Reconciliation.objects.exists()


def test_staff_see_and_download_the_report(provider: Provider, shop_a: TestShop) -> None:
    charged(provider, shop_a)
    reconcile(mends=False)
    report = Reconciliation.objects.get()
    browser = owner_of(shop_a)
    base = "admin:reconciliation_reconciliation_"
    page = reverse(base + "change", urlconf="config.urls_tenant", args=[report.pk])
    download = reverse(base + "csv", urlconf="config.urls_tenant", args=[report.pk])

    assert "taken at the provider, not paid here" in browser.get(page).content.decode()
    answer = browser.get(download)

    assert answer["Content-Type"].startswith("text/csv")
    assert b"payment_not_taken" in answer.content
    packer = signed_in(shop_a.domain, staff_of(shop_a, "fulfilment"))
    assert packer.get(download).status_code == 403


def test_the_days_since_a_backup_are_those_of_a_restored_shop(shop_a: TestShop) -> None:
    """B2: all of them, and none of a shop that was never restored, or of all shops at once."""
    with pytest.raises(CommandError, match="not restored"):
        call_command("reconcile", tenant=shop_a.slug, since_backup=True)
    with pytest.raises(CommandError, match="one --tenant"):
        call_command("reconcile", since_backup=True)
    today = clock.now().date()
    ShopSettings.objects.update(backup_taken_at=clock.now() - timedelta(days=2))
    out = StringIO()
    call_command("reconcile", tenant=shop_a.slug, since_backup=True, stdout=out)
    first = today - timedelta(days=2)
    assert out.getvalue() == f"{first} to {today}: no differences in 1 shops\n"
