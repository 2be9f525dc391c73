"""KHQR on the running platform. The bank tells nothing: what beat does every ten seconds is done
here by hand."""

from datetime import timedelta
from typing import Any

import pytest

from apps.finance.models import FinancialTransaction, Invoice
from apps.orders.models import Order
from apps.payments import services as payments
from apps.payments.models import PaymentAccount, PaymentIntent
from apps.payments.tasks import poll_in_shops
from apps.refunds import services as refunds
from apps.refunds.dto import Wanted
from apps.refunds.models import Refund
from apps.shared import clock
from tests.simulator.desks import BakongDesk
from tests.simulator.providers.bakong.codes import read
from tests.support.crowd import all_at_once
from tests.support.final_check import wait_until_quiet
from tests.support.goods import make_variant
from tests.support.live_shops import LiveShop
from tests.support.shopper import PlacedOrder, place_order
from tests.support.waiting import eventually

pytestmark = pytest.mark.xdist_group("processes")

Json = dict[str, Any]
LIST = "POST /bakong/v1/check_transaction_by_md5_list"


@pytest.fixture
def bank(shop: LiveShop) -> BakongDesk:
    """The shop takes money through Bakong, and through nobody else."""
    desk = BakongDesk(shop.platform.simulator, shop.account)
    PaymentAccount.objects.update(is_active=False)
    payments.save_account(provider="bakong", values=desk.values)
    return desk


def beat(shop: LiveShop) -> None:
    poll_in_shops(schema_name="public", shops=[shop.schema])
    wait_until_quiet(shop)


def started(shop: LiveShop) -> tuple[PlacedOrder, Json]:
    """An order of 24.99, and what its shopper's screen shows."""
    order = place_order(shop, (make_variant(), 1))
    return order, dict(order.start_payment()["client"])


def assert_paid_once(order: PlacedOrder, bank: BakongDesk) -> None:
    order.wait_for_mail()
    assert order.look()["status"] == "paid"
    assert [one["amount"] for one in bank.simulator.ledger(bank.account)] == [2499]
    assert FinancialTransaction.objects.count() == Invoice.objects.count() == 1
    assert len(order.mails()) == 1


def test_from_the_code_to_the_invoice(shop: LiveShop, bank: BakongDesk) -> None:
    order, shown = started(shop)
    code = read(shown["qr"])
    assert (code.amount, code.currency, code.md5) == ("24.99", "USD", shown["md5"])
    assert shown["deep_link"].endswith(code.md5)
    beat(shop)
    assert order.look()["status"] == "awaiting_payment"

    bank.pay(shown["qr"])
    beat(shop)
    beat(shop)

    assert_paid_once(order, bank)
    assert order.invoice() is not None


def test_there_are_no_refunds_by_the_api(shop: LiveShop, bank: BakongDesk) -> None:
    """The shop gives the money back with its banking app; ours says so instead of trying."""
    order, shown = started(shop)
    bank.pay(shown["qr"])
    beat(shop)
    assert_paid_once(order, bank)

    wanted = Wanted(other_amount=100, reason="broken")
    refunds.request_refund(order_id=Order.objects.get().pk, wanted=wanted, now=clock.now())

    eventually(lambda: Refund.objects.get().status == "failed", what="the refund is refused")
    wait_until_quiet(shop)
    assert Refund.objects.get().failure_code
    assert order.look()["payment_status"] == "paid"


@pytest.mark.parametrize("amount", ["24.98", "25.00"])
def test_another_amount_pays_nothing(shop: LiveShop, bank: BakongDesk, amount: str) -> None:
    """P5. Nothing can give it back but a person: it stays flagged."""
    order, shown = started(shop)

    bank.pay(shown["qr"], amount=amount)
    beat(shop)

    assert PaymentIntent.objects.get().flag == "amount_mismatch"
    assert order.look()["paid_at"] is None
    assert not FinancialTransaction.objects.exists()


def test_a_refused_payment_may_be_followed_by_a_good_one(shop: LiveShop, bank: BakongDesk) -> None:
    order, shown = started(shop)
    bank.pay(shown["qr"], outcome="failed")
    beat(shop)
    assert order.payment()["failure"]["code"] == "transaction_failed"

    bank.pay(shown["qr"])
    beat(shop)

    assert_paid_once(order, bank)


def test_many_tabs_show_one_code(shop: LiveShop, bank: BakongDesk) -> None:
    """P10, PAY-001."""
    order = place_order(shop, (make_variant(), 1))

    shown = all_at_once([order.start_payment] * 4)

    assert len({one["client"]["qr"] for one in shown}) == 1
    bank.pay(shown[0]["client"]["qr"])
    beat(shop)
    assert_paid_once(order, bank)


def test_a_bank_that_is_away_for_a_while(shop: LiveShop, bank: BakongDesk) -> None:
    """P7, X7: a code is made without it, only the link is missing; its answers are late."""
    modes = ["error_503", "timeout_before", "timeout_after"]
    bank.faults(
        api=[
            {"route": "POST /bakong/v1/generate_deeplink_by_qr", "mode": "error_500"},
            *({"route": LIST, "mode": mode} for mode in modes),
        ]
    )
    order, shown = started(shop)
    assert "deep_link" not in shown
    bank.pay(shown["qr"])
    for _ in modes:
        beat(shop)
        assert order.look()["status"] == "awaiting_payment"

    beat(shop)

    assert_paid_once(order, bank)


def test_a_code_that_has_ended_gives_way_to_another(shop: LiveShop, bank: BakongDesk) -> None:
    order, shown = started(shop)
    intent = PaymentIntent.objects.get()
    md5 = str(intent.provider_reference).partition(".")[0]
    ended = clock.now() - timedelta(minutes=6)
    PaymentIntent.objects.update(provider_reference=f"{md5}.{int(ended.timestamp())}")

    beat(shop)

    assert PaymentIntent.objects.get().status == "cancelled"
    again = order.start_payment()["client"]
    assert again["qr"] != shown["qr"]
    bank.pay(again["qr"])
    beat(shop)
    assert_paid_once(order, bank)


def test_a_cancelled_order_is_watched_until_its_code_ends(shop: LiveShop, bank: BakongDesk) -> None:
    """PAY-008: a code cannot be called back."""
    order, shown = started(shop)
    cancelled = order.client.post(f"orders/{order.id}/cancel", {})
    assert cancelled.status_code == 200, cancelled.content
    wait_until_quiet(shop)
    assert PaymentIntent.objects.get().status == "processing"

    bank.pay(shown["qr"])
    beat(shop)

    assert PaymentIntent.objects.get().flag == "order_not_payable"
    assert order.look()["status"] == "cancelled"


def test_the_logs_hold_no_token(shop: LiveShop, bank: BakongDesk) -> None:
    logs = shop.platform.log_sizes()
    token = PaymentAccount.objects.get(provider="bakong").secrets["token"]
    bank.faults(api=[{"route": "*", "mode": "error_503"}])
    order, shown = started(shop)
    bank.pay(shown["qr"])
    beat(shop)
    order.wait_for_mail()

    assert token not in "".join(shop.platform.logs_since(logs).values())
