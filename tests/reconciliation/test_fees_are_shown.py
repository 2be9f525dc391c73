"""Where people see fees and payouts: report, payout and order in the admin, CSV."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse

from apps.orders.models import Order
from apps.reconciliation import balance, services
from apps.reconciliation.models import Payout, Reconciliation
from apps.shared import clock
from tests.admin.browser import owner_of, signed_in, staff_of
from tests.admin.rows import a_reconciliation
from tests.reconciliation.test_reconcile import paid, provider, reconcile, today
from tests.refunds.orders import intent_of
from tests.refunds.test_simulator import Provider
from tests.simulator.fixture import simulator
from tests.support.shops import TestShop

__all__ = ["provider", "simulator"]


@pytest.fixture
def order(provider: Provider, shop_a: TestShop) -> Order:
    """25.00, of which 1.03 was kept and 23.97 paid out, and that was compared."""
    made = paid(provider, shop_a)
    provider.running.pay_out(provider.account)
    assert reconcile() == []
    return made


def page(shop: TestShop, name: str, key: object) -> str:
    path = reverse(f"admin:{name}", urlconf="config.urls_tenant", args=[key])
    return owner_of(shop).get(path).content.decode()


def test_the_report_shows_each_payment_s_fee_and_payout(order: Order, shop_a: TestShop) -> None:
    seen = page(shop_a, "reconciliation_reconciliation_change", Reconciliation.objects.get().pk)
    payout = Payout.objects.get()

    for title in ("Fees and payouts", "Each payment and refund"):
        assert f">{title}<" in seen
    for text in ("1.03 USD", "23.97 USD", payout.reference, intent_of(order).public_id):
        assert text in seen


def test_a_payout_shows_what_it_consists_of(order: Order, shop_a: TestShop) -> None:
    seen = page(shop_a, "reconciliation_payout_change", Payout.objects.get().pk)
    assert "What it consists of" in seen
    assert intent_of(order).public_id in seen


def test_an_order_shows_its_fees_to_who_may_see_the_books(order: Order, shop_a: TestShop) -> None:
    seen = page(shop_a, "orders_order_change", order.pk)
    assert "1.03 USD" in seen
    assert Payout.objects.get().reference in seen

    support = signed_in(shop_a.domain, staff_of(shop_a, "support"))
    path = reverse("admin:orders_order_change", urlconf="config.urls_tenant", args=[order.pk])
    assert "Fees and payouts" not in support.get(path).content.decode()


def test_the_csv_has_a_line_for_each(order: Order, shop_a: TestShop, tmp_path: Path) -> None:
    target = tmp_path / "report.csv"
    day = today().isoformat()
    call_command("reconcile", "--tenant", shop_a.slug, "--date", day, "--csv", str(target))

    rows = list(csv.DictReader(target.read_text().splitlines()))

    kinds = [row["kind"] for row in rows]
    assert kinds == ["captured", "refunded", "fees", "paid_out", "capture"]
    *_, fees, paid_out, capture = rows
    assert (fees["fee"], fees["fee_tax"]) == ("103", "0")
    assert (paid_out["provider_amount"], paid_out["local_amount"]) == ("2397", "2397")
    assert (capture["payment"], capture["fee"]) == (intent_of(order).public_id, "103")
    assert capture["payout"] == Payout.objects.get().reference

    report = Reconciliation.objects.get()
    path = reverse(
        "admin:reconciliation_reconciliation_csv", urlconf="config.urls_tenant", args=[report.pk]
    )
    downloaded = owner_of(shop_a).get(path).content.decode()
    assert [row["kind"] for row in csv.DictReader(downloaded.splitlines())] == kinds


def test_reports_of_before_are_shown_without_fees(shop_a: TestShop) -> None:
    report = a_reconciliation()
    report.figures["USD"].pop("fees")
    for name in ("refund_fees", "fee_tax", "paid_out", "paid_out_known"):
        del report.figures["USD"][name]
    report.save()

    assert "10.00 USD" in page(shop_a, "reconciliation_reconciliation_change", report.pk)


def test_what_came_to_be_known_later_is_shown_with_the_day(
    provider: Provider, shop_a: TestShop
) -> None:
    """A payout of the day that is complete a night after."""
    paid(provider, shop_a)
    made = provider.running.pay_out(provider.account, wait=True)
    reconcile()
    provider.running.decide_payout(provider.account, made["id"], "completed")
    services.take_in_balance(provider="stripe", on=today() + timedelta(days=1), now=clock.now())

    report = Reconciliation.objects.get()
    assert report.figures["USD"]["paid_out_known"] == 0
    shown = balance.shown_figures(report.figures, provider="stripe", on=report.on)
    assert (shown["USD"]["paid_out"], shown["USD"]["paid_out_known"]) == (2397, 2397)
    assert shown["USD"]["provider_captured"] == 2500
