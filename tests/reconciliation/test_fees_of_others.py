"""Fees and payouts at PayPal, Razorpay and Bakong: as far as each has the notion."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from apps.orders.models import Order
from apps.payments.errors import CredentialsRefused, ProviderRefused
from apps.payments.gateways import provider_of, providers
from apps.payments.gateways.base import IntentRequest, PayoutState, ProviderPayout
from apps.payments.gateways.gateway import Gateway
from apps.payments.gateways.razorpay import settlements
from apps.payments.models import PaymentIntent
from apps.payments.services import save_account
from apps.reconciliation import services
from apps.reconciliation.models import Payout, ProviderMovement
from apps.shared import clock
from apps.shared.ids import new_id
from tests.payments.simulated import put_in, stored_line
from tests.payments.test_arrivals import paid_at_provider
from tests.reconciliation.test_reconcile import today
from tests.simulator.fixture import simulator
from tests.simulator.running import RunningSimulator
from tests.support.client import ShopClient
from tests.support.shops import TestShop
from tests.support.tills import PayPalTill, RazorpayTill, Till

__all__ = ["simulator"]
Json = dict[str, Any]
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def connected(made: Till, shop: TestShop, monkeypatch: pytest.MonkeyPatch) -> None:
    base = f"{made.desk.simulator.base_url}/{made.code}"
    monkeypatch.setattr(settings, f"{made.code.upper()}_API_BASE", base)
    made.connect(f"http://{shop.domain}/api/v1/webhooks/{made.code}")
    made.desk.faults(webhooks={"drop": True})


@pytest.fixture
def paypal(
    simulator: RunningSimulator, shop_a: TestShop, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PayPalTill]:
    till = PayPalTill(simulator, f"{shop_a.schema}_{new_id().hex[:8]}")
    connected(till, shop_a, monkeypatch)
    yield till
    simulator.reset(till.desk.account)


@pytest.fixture
def razorpay(
    simulator: RunningSimulator, shop_a: TestShop, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RazorpayTill]:
    till = RazorpayTill(simulator, f"{shop_a.schema}_{new_id().hex[:8]}")
    connected(till, shop_a, monkeypatch)
    yield till
    simulator.reset(till.desk.account)


def paid(client: ShopClient, till: Till) -> PaymentIntent:
    """An order of 15.00 USD."""
    paid_at_provider(client, till)
    put_in(till, till.desk.events())
    assert Order.objects.get().status == "paid"
    return PaymentIntent.objects.get()


def reconciled(till: Till) -> Any:
    return services.reconcile_day(provider=till.code, on=today(), now=clock.now())


def charged(till: Till, amount: int, currency: str) -> None:
    """Money of another till on the same account."""
    line = stored_line(till.code)
    name = f"pay_{new_id().hex}"
    whose = {"tenant": "elsewhere", "payment": name}
    wanted = IntentRequest(amount=amount, currency=currency, metadata=whose, payment=name)
    made = line.create_intent(wanted, key=name)
    till.pay(made.reference)
    line.capture_intent(made.reference, amount=amount, currency=currency, key=f"{name}:2")


def test_paypal_tells_fees_of_payments_and_what_it_gives_back_of_them(
    client_a: ShopClient, paypal: PayPalTill
) -> None:
    """A refund of 5.00, with 0.17 of the fee. PayPal pays nothing out by itself."""
    intent = paid(client_a, paypal)
    capture = paypal.capture_of(intent.provider_reference or "")
    five = {"currency_code": "USD", "value": "5.00"}
    paypal.desk.refund(capture, five, fee_returned="0.17")
    reconciled(paypal)

    found = reconciled(paypal)

    assert found.differences == ()
    sums = found.figures["USD"]
    assert (sums.provider_captured, sums.fees, sums.refund_fees) == (1500, 101, -17)
    assert (sums.paid_out, Payout.objects.count()) == (0, 0)
    rows = ProviderMovement.objects.order_by("-amount").values_list("amount", "fee", "payment_id")
    assert list(rows) == [(1500, 101, intent.pk), (-500, -17, intent.pk)]


def test_paypals_fees_of_many_pages_and_without_decimals(
    paypal: PayPalTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.payments.gateways.paypal.ledger._PAGE", 2)
    for amount in (1000, 2000, 3000):
        charged(paypal, amount, "JPY")

    found = reconciled(paypal)

    assert [str(one.kind) for one in found.differences] == ["payment_unknown"] * 3
    # 3.5 % and 49 each.
    assert found.figures["JPY"].fees == 84 + 119 + 154
    assert set(ProviderMovement.objects.values_list("currency", "payment_id")) == {("JPY", None)}


def test_razorpay_settles_in_the_account_s_currency(
    client_a: ShopClient, razorpay: RazorpayTill
) -> None:
    """15.00 USD are 1275.00 INR, less 2 % with tax; an instant refund of 5.00 has a fee, too."""
    intent = paid(client_a, razorpay)
    capture = razorpay.capture_of(intent.provider_reference or "")
    razorpay.desk.refund(capture, 500, speed="optimum")
    reconciled(razorpay)
    known = [(127500, 3009, 459)]
    assert list(ProviderMovement.objects.values_list("amount", "fee", "tax")) == known
    settled = razorpay.desk.settle()

    found = reconciled(razorpay)

    assert found.differences == ()
    sums = found.figures["INR"]
    assert (sums.fees, sums.refund_fees, sums.fee_tax) == (3009, 708, 567)
    assert sums.paid_out == sums.paid_out_known == settled["amount"] == 81283
    assert found.figures["USD"].provider_captured == 1500
    rows = ProviderMovement.objects.values_list("kind", "payment_id", "payout__reference")
    assert set(rows) == {
        ("capture", intent.pk, settled["id"]),
        ("refund", intent.pk, settled["id"]),
    }


def test_a_settlement_of_many_pages_with_a_correction(
    razorpay: RazorpayTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows the payments; a correction is of none. KWD: three decimals."""
    monkeypatch.setattr("apps.payments.gateways.razorpay.settlements._PAGE", 2)
    monkeypatch.setattr("apps.payments.gateways.razorpay.ledger._PAGE", 2)
    for amount in (5000, 6000, 7000):
        charged(razorpay, amount, "KWD")
    razorpay.desk.settle(adjustment=-300)
    charged(razorpay, 8000, "INR")
    razorpay.desk.settle()

    found = reconciled(razorpay)

    kinds = [str(one.kind) for one in found.differences]
    assert kinds == ["payment_unknown"] * 4 + ["payout_holds_unknown_money"] * 2
    assert [one.movements.count() for one in Payout.objects.order_by("id")] == [1, 4]
    assert found.figures["INR"].paid_out_known == -300
    assert {one.currency for one in Payout.objects.all()} == {"INR"}


def test_a_payment_that_razorpay_has_not_settled_is_told_after_two_weeks(
    client_a: ShopClient, razorpay: RazorpayTill
) -> None:
    paid(client_a, razorpay)
    reconciled(razorpay)
    ProviderMovement.objects.update(moved_at=clock.now() - timedelta(days=14))

    assert [str(one.kind) for one in reconciled(razorpay).differences] == ["payment_not_paid_out"]

    razorpay.desk.settle()
    assert reconciled(razorpay).differences == ()


def test_settlements_are_looked_for_on_the_day_of_asia_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(settlements, "_settled_on", lambda api, on: iter(asked.append(on) or []))
    for hour in (12, 20):
        made_at = NOON.replace(hour=hour)
        settlement = ProviderPayout(
            reference="setl_1", amount=1, currency="INR", state=PayoutState.PAID, at=made_at
        )
        assert list(settlements.consists_of(None, settlement)) == []  # type: ignore[arg-type]

    assert [one.day for one in asked] == [4, 4, 5]


def test_the_currency_of_settlements_must_be_one(razorpay: RazorpayTill) -> None:
    with pytest.raises(CredentialsRefused):
        save_account(provider="razorpay", values={"settled_in": "rupees"})
    save_account(provider="razorpay", values={"settled_in": "MYR"})
    razorpay.desk.settle(adjustment=500)

    assert reconciled(razorpay).figures["MYR"].paid_out == 500


def test_each_provider_says_what_it_can_tell() -> None:
    """Bakong's API knows neither fees nor payouts: the money is in the account at once."""
    can = {
        one.code: (one.capabilities.tells_fees, one.capabilities.tells_payouts)
        for one in providers()
    }
    assert can == {
        "stripe": (True, True),
        "paypal": (True, False),
        "razorpay": (True, True),
        "bakong": (False, False),
    }


def test_who_has_no_notion_of_them_refuses() -> None:
    line: Gateway = provider_of("bakong").line({})
    with pytest.raises(ProviderRefused):
        line.movements_between(since=NOON, until=NOON)
    with pytest.raises(ProviderRefused):
        line.payouts_between(since=NOON, until=NOON)
