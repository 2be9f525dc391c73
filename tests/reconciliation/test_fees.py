"""Fees and payouts at Stripe: kept as facts about payments, compared each night (FIN-005)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from apps.finance.models import FinancialOrder, FinancialTransaction
from apps.payments.gateways.base import MovementKind, ProviderMovement
from apps.payments.gateways.stripe.gateway import StripeGateway
from apps.payments.models import PaymentIntent
from apps.reconciliation import services
from apps.reconciliation.models import Payout, Reconciliation
from apps.reconciliation.models import ProviderMovement as Kept
from apps.reconciliation.services import _take_in_balance
from apps.shared import clock, metrics
from tests.reconciliation.test_reconcile import WORKERS, paid, provider, reconcile, today
from tests.refunds.orders import ask, books, intent_of, work_off
from tests.refunds.test_simulator import Provider
from tests.shared.test_counted import Committing
from tests.shared.test_metrics import counted
from tests.simulator.fixture import simulator
from tests.support.shops import TestShop
from tests.support.threads import race

__all__ = ["provider", "simulator"]
# Of 25.00: 2.9 % and 0.30.
FEE = 103
ENTRIES = "GET /v1/balance_transactions"


def charge(provider: Provider, amount: int = 1000, currency: str = "usd") -> None:
    """Money of another till on the same account."""
    provider.running.client(provider.account).v1.payment_intents.create(
        {
            "amount": amount,
            "currency": currency,
            "payment_method": "pm_card_visa",
            "confirm": True,
            "return_url": "https://shop.example/return",
        }
    )


def sums(currency: str = "USD") -> dict[str, int]:
    found: dict[str, int] = Reconciliation.objects.get().figures[currency]
    return found


def kept() -> list[tuple[str, int, int | None, bool]]:
    rows = Kept.objects.select_related("payout").order_by("id")
    return [(one.kind, one.amount, one.fee, one.payout is not None) for one in rows]


def told(kind: str) -> Any:
    return Reconciliation.objects.get().differences.get(kind=kind)


def days_ago(days: int) -> None:
    Kept.objects.update(moved_at=clock.now() - timedelta(days=days))


def test_a_fee_is_a_fact_about_its_payment_and_no_total_knows_of_it(
    provider: Provider, shop_a: TestShop
) -> None:
    order = paid(provider, shop_a)
    ask(order, other_amount=700)
    work_off(WORKERS)
    before = list(FinancialOrder.objects.values()), books(order)

    assert reconcile() == reconcile() == []

    assert sorted(kept()) == [("capture", 2500, FEE, False), ("refund", -700, 0, False)]
    assert set(Kept.objects.values_list("payment_id", flat=True)) == {intent_of(order).pk}
    assert (sums()["fees"], sums()["refund_fees"], sums()["paid_out"]) == (FEE, 0, 0)
    assert (list(FinancialOrder.objects.values()), books(order)) == before
    assert FinancialTransaction.objects.count() == 2


def test_a_payout_is_what_its_payments_come_to(provider: Provider, shop_a: TestShop) -> None:
    order = paid(provider, shop_a)
    paid(provider, shop_a)
    ask(order, other_amount=700)
    work_off(WORKERS)
    made = provider.running.pay_out(provider.account)

    assert reconcile() == reconcile() == []

    payout = Payout.objects.get()
    assert (payout.reference, payout.amount, payout.status) == (made["id"], 4094, "paid")
    assert sum(one.net for one in payout.movements.all()) == 4094 == 5000 - 2 * FEE - 700
    assert (sums()["paid_out"], sums()["paid_out_known"]) == (4094, 4094)


def test_money_in_a_payout_that_we_do_not_know_is_told_on_many_pages(
    provider: Provider, shop_a: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two a page, at Stripe and in memory."""
    monkeypatch.setattr("apps.payments.gateways.stripe.balance._PAGE", 2)
    monkeypatch.setattr(_take_in_balance, "PAGE", 2)
    paid(provider, shop_a)
    for amount in range(1000, 1005):
        charge(provider, amount)
    made = provider.running.pay_out(provider.account)

    kinds = [kind for kind, _ in reconcile()]

    assert kinds == ["payment_unknown"] * 5 + ["payout_holds_unknown_money"]
    difference = told("payout_holds_unknown_money")
    assert difference.reference == made["id"]
    assert (difference.provider_amount, difference.local_amount) == (made["amount"], 2500 - FEE)
    assert Kept.objects.filter(payout__reference=made["id"]).count() == 6
    # Seven entries of the day, and of the payout, which is itself among them.
    assert provider.running.requests(provider.account)[ENTRIES] == 8


def test_what_was_paid_out_before_we_knew_of_it_is_found_again(
    provider: Provider, shop_a: TestShop
) -> None:
    order = paid(provider, shop_a)
    reference = intent_of(order).provider_reference
    PaymentIntent.objects.update(provider_reference="for a while another")
    provider.running.pay_out(provider.account)
    assert "payout_holds_unknown_money" in dict(reconcile(mends=False))

    PaymentIntent.objects.update(provider_reference=reference)

    assert reconcile() == []
    assert Kept.objects.get().payment_id == intent_of(order).pk


def test_a_fee_that_changed_is_told_once_and_taken_in(provider: Provider, shop_a: TestShop) -> None:
    order = paid(provider, shop_a)
    reconcile()
    provider.running.restate_fee(provider.account, Kept.objects.get().reference, 150)
    assert reconcile(mends=False) == [("fee_changed", "")]
    assert Kept.objects.get().fee == FEE

    assert reconcile() == [("fee_changed", "taken_in")]

    difference = told("fee_changed")
    assert (difference.local_amount, difference.provider_amount) == (FEE, 150)
    assert difference.payment_id == intent_of(order).pk
    assert reconcile() == []
    assert (Kept.objects.get().fee, sums()["fees"]) == (150, 150)


@pytest.mark.parametrize(
    ("days", "is_told"), [(13, False), (14, True), (15, False)], ids=["before", "then", "after"]
)
def test_a_payment_in_no_payout_is_told_after_two_weeks(
    provider: Provider, shop_a: TestShop, days: int, is_told: bool
) -> None:
    order = paid(provider, shop_a)
    reconcile()
    days_ago(days)

    found = reconcile()

    # Today its fee is found again, under the day on which it was first told.
    assert found == ([("payment_not_paid_out", "")] if is_told else [])
    if is_told:
        difference = told("payment_not_paid_out")
        assert difference.payment_id == intent_of(order).pk
        assert difference.local_amount == 2500 - FEE
        provider.running.pay_out(provider.account)
        assert reconcile() == []


def test_who_pays_out_by_hand_is_not_told_of_each_payment(
    provider: Provider, shop_a: TestShop
) -> None:
    """Stripe does not say of such a payout what it consists of."""
    paid(provider, shop_a)
    reconcile()
    days_ago(14)
    provider.running.pay_out(provider.account, automatic=False)

    assert reconcile() == []

    payout = Payout.objects.get()
    assert (payout.is_itemized, payout.read_at, payout.movements.count()) == (False, None, 0)
    assert (sums()["paid_out"], sums()["paid_out_known"]) == (2500 - FEE, 0)


def test_a_payout_is_read_when_it_is_complete(provider: Provider, shop_a: TestShop) -> None:
    paid(provider, shop_a)
    made = provider.running.pay_out(provider.account, wait=True)
    assert reconcile() == []
    assert kept() == [("capture", 2500, FEE, False)]

    provider.running.decide_payout(provider.account, made["id"], "completed")
    tomorrow = today() + timedelta(days=1)
    services.reconcile_day(provider="stripe", on=tomorrow, now=clock.now())

    assert kept() == [("capture", 2500, FEE, True)]
    assert Payout.objects.get().report_on == tomorrow


def test_what_does_not_fit_of_a_payout_is_told_whenever_it_is_read(
    provider: Provider, shop_a: TestShop
) -> None:
    """It is complete a day later: that day's report tells, however often it is made."""
    charge(provider)
    made = provider.running.pay_out(provider.account, wait=True)
    assert [kind for kind, _ in reconcile()] == ["payment_unknown"]
    provider.running.decide_payout(provider.account, made["id"], "completed")
    tomorrow = today() + timedelta(days=1)

    for _ in range(2):
        found = services.reconcile_day(provider="stripe", on=tomorrow, now=clock.now())
        assert [str(one.kind) for one in found.differences] == ["payout_holds_unknown_money"]

    assert [kind for kind, _ in reconcile()] == ["payment_unknown"]


def test_fees_that_are_told_hours_late_are_asked_for_again(
    provider: Provider, shop_a: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PayPal may take three hours: who paid shortly before midnight is in the next night's list."""
    asked: list[tuple[datetime, datetime]] = []

    def movements_between(self: object, *, since: datetime, until: datetime) -> Iterator[Any]:
        asked.append((since, until))
        return iter(())

    monkeypatch.setattr(StripeGateway, "movements_between", movements_between)
    day = date(2026, 3, 4)
    services.take_in_balance(provider="stripe", on=day, now=clock.now())

    midnight = datetime(2026, 3, 4, tzinfo=UTC)
    assert asked == [(midnight - timedelta(hours=6), midnight + timedelta(days=1))]


def test_a_payout_that_comes_back_is_told_once(provider: Provider, shop_a: TestShop) -> None:
    paid(provider, shop_a)
    made = provider.running.pay_out(provider.account)
    assert reconcile() == []
    provider.running.decide_payout(provider.account, made["id"], "failed")

    assert reconcile(mends=False) == [("payout_failed", "")]
    assert reconcile() == [("payout_failed", "taken_in")]
    assert reconcile() == []

    assert Payout.objects.get().status == "failed"
    assert sums()["paid_out"] == 0
    provider.running.pay_out(provider.account)
    assert reconcile() == []


def test_a_payout_that_does_not_add_up_is_told(provider: Provider, shop_a: TestShop) -> None:
    paid(provider, shop_a)
    provider.running.pay_out(provider.account)
    reconcile()
    Payout.objects.update(amount=2400)

    assert reconcile() == [("payout_does_not_add_up", "")]

    difference = told("payout_does_not_add_up")
    assert (difference.provider_amount, difference.local_amount) == (2400, 2500 - FEE)


@pytest.mark.parametrize("route", [ENTRIES, "GET /v1/payouts"])
def test_a_balance_that_cannot_be_read_hides_nothing_else(
    provider: Provider, shop_a: TestShop, route: str
) -> None:
    """A restricted key may open charges and not the balance."""
    paid(provider, shop_a)
    faults = [{"route": route, "mode": "error_503", "times": 2}]
    provider.running.faults(provider.account, api=faults)

    assert reconcile() == [("fees_not_told", "provider_error")]

    assert (sums()["provider_captured"], sums()["credits"]) == (2500, 2500)
    assert reconcile() == []
    assert sums()["fees"] == FEE


def test_a_run_that_is_broken_off_is_done_again(
    provider: Provider, shop_a: TestShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.payments.gateways.stripe.balance._PAGE", 2)
    monkeypatch.setattr(_take_in_balance, "PAGE", 2)
    for _ in range(2):
        paid(provider, shop_a)
    made = provider.running.pay_out(provider.account)
    real, pages = services.record_movements, iter([True, True, False])

    def breaks_at_the_third(**arguments: Any) -> Any:
        if not next(pages):
            raise RuntimeError("the worker is gone")
        return real(**arguments)

    charge(provider)
    with monkeypatch.context() as broken:
        broken.setattr(_take_in_balance, "record_movements", breaks_at_the_third)
        assert ("fees_not_told", "RuntimeError") in reconcile()
    assert Payout.objects.get().read_at is None

    assert reconcile() == [("payment_unknown", "")]

    assert sorted(one[3] for one in kept()) == [False, True, True]
    assert Payout.objects.get().reference == made["id"]


@pytest.mark.parametrize(
    ("currency", "amount", "fee"), [("JPY", 5000, 175), ("KWD", 5000, 175), ("KHR", 500000, 14530)]
)
def test_currencies_of_other_exponents(
    provider: Provider, shop_a: TestShop, currency: str, amount: int, fee: int
) -> None:
    """In minor units of ISO 4217, whatever they are."""
    charge(provider, amount, currency.lower())
    provider.running.pay_out(provider.account, currency.lower())

    kinds = [kind for kind, _ in reconcile()]

    assert kinds == ["payment_unknown", "payout_holds_unknown_money"]
    entry = Kept.objects.get()
    assert (entry.currency, entry.amount, entry.fee) == (currency, amount, fee)
    assert (sums(currency)["fees"], sums(currency)["paid_out"]) == (fee, amount - fee)


def test_fees_are_counted_once(
    provider: Provider, shop_a: TestShop, django_capture_on_commit_callbacks: Committing
) -> None:
    def figures() -> list[float]:
        names = ("provider_fees_total", "provider_payouts_total")
        labels = '{currency="USD",provider="stripe"}'
        return [counted(metrics.exposition(), name + labels) for name in names]

    paid(provider, shop_a)
    provider.running.pay_out(provider.account)
    before = figures()

    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            reconcile()

    assert [b - a for a, b in zip(before, figures(), strict=True)] == [FEE, 2500 - FEE]


def test_two_runs_at_once_keep_each_entry_once(committed_shop: TestShop) -> None:
    page = [
        ProviderMovement(
            reference=f"txn_{number}",
            kind=MovementKind.CAPTURE,
            amount=1000,
            currency="USD",
            fee=59,
            at=clock.now(),
        )
        for number in range(20)
    ]

    def run() -> int:
        return len(services.record_movements(provider="stripe", told=page))

    assert race(committed_shop, run, run, run) == [0, 0, 0]

    assert Kept.objects.count() == 20
