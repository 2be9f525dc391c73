"""PayPal and Razorpay on the running platform: what is shown of Stripe in the files beside this
one, for each of them."""

from datetime import timedelta
from typing import Any

import pytest

from apps.checkout.tasks import sync_payments_in_shops
from apps.finance.models import CreditNote, FinancialTransaction, Invoice
from apps.orders.models import Order
from apps.payments.models import PaymentIntent, ProviderEvent
from apps.reconciliation import services as reconciliation
from apps.refunds import services as refunds
from apps.refunds.dto import Wanted
from apps.refunds.models import Refund
from apps.refunds.tasks import sweep_in_shops
from apps.shared import clock
from tests.support.crowd import all_at_once
from tests.support.final_check import wait_until_quiet
from tests.support.goods import make_variant
from tests.support.live_shops import LiveShop
from tests.support.shopper import PlacedOrder, place_order
from tests.support.tills import TILLS, Till
from tests.support.waiting import eventually

pytestmark = pytest.mark.xdist_group("processes")

Json = dict[str, Any]
# Of Razorpay a shopper brings along a signature; without it nothing is asked.
CHECKED = "invalid_signature"


@pytest.fixture(params=TILLS, ids=[one.code for one in TILLS])
def till(shop: LiveShop, request: pytest.FixtureRequest) -> Till:
    """The shop takes money through this provider, and through no other."""
    platform = shop.platform
    made: Till = request.param(platform.simulator, shop.account)
    path = f"/api/v1/webhooks/{made.code}"
    made.connect(f"http://{shop.domain}:{platform.http_port}{path}")
    return made


def started(shop: LiveShop) -> tuple[PlacedOrder, str]:
    """An order of 24.99 whose payment was begun, and its reference at the provider."""
    order = place_order(shop, (make_variant(), 1))
    assert order.total == 2499
    return order, str(order.start_payment()["provider_reference"])


def paid(shop: LiveShop, till: Till) -> PlacedOrder:
    order, reference = started(shop)
    till.pay(reference)
    order.wait_for_mail()
    return order


def beat(shop: LiveShop) -> None:
    """What the scheduler makes workers do once a minute, some minutes after the payment began."""
    earlier = clock.now() - timedelta(minutes=2)
    PaymentIntent.objects.update(created_at=earlier, updated_at=earlier, asked_at=None)
    sync_payments_in_shops(schema_name="public", shops=[shop.schema])
    sweep_in_shops(schema_name="public", shops=[shop.schema])
    wait_until_quiet(shop)


def assert_paid_once(order: PlacedOrder, till: Till) -> None:
    assert order.look()["status"] == "paid"
    assert till.ledger() == [("charge", order.total)]
    assert FinancialTransaction.objects.count() == Invoice.objects.count() == 1
    assert len(order.mails()) == 1


def test_from_the_cart_to_the_invoice_and_back(shop: LiveShop, till: Till) -> None:
    """Order, payment, webhook, paid, invoice, mail; a refund of ours, and the day reconciled."""
    order, reference = started(shop)
    assert order.payment()["provider"] == till.code
    till.pay(reference)
    order.wait_for_mail()
    assert_paid_once(order, till)
    assert order.invoice() is not None

    row = Order.objects.get()
    wanted = Wanted(other_amount=999, reason="journey")
    asked = refunds.request_refund(order_id=row.pk, wanted=wanted, now=clock.now())

    eventually(lambda: CreditNote.objects.first(), what="the credit note")
    eventually(lambda: len(order.mails()) == 2, what="the refund is told")
    asked.refresh_from_db()
    assert asked.status == "succeeded"
    assert till.ledger() == [("charge", 2499), ("refund", 999)]
    assert order.look()["payment_status"] == "partially_refunded"
    day = clock.now().date()
    agreed = reconciliation.reconcile_day(provider=till.code, on=day, now=clock.now())
    assert agreed.differences == ()
    assert agreed.figures["USD"].provider_captured == 2499
    assert agreed.figures["USD"].provider_refunded == 999


def test_one_event_fifty_times_at_once(shop: LiveShop, till: Till) -> None:
    """P3, PAY-007: over two processes, doubled and in another order."""
    till.desk.faults(webhooks={"duplicate": 49, "reorder": True})

    order = paid(shop, till)

    shop.platform.simulator.wait_until_delivered(shop.account, seconds=60)
    wait_until_quiet(shop)
    assert_paid_once(order, till)
    assert ProviderEvent.objects.count() == len(till.desk.events())


def test_a_payment_whose_webhook_never_comes_is_found(shop: LiveShop, till: Till) -> None:
    """P7."""
    till.desk.faults(webhooks={"drop": True})
    order, reference = started(shop)
    till.pay(reference)

    beat(shop)

    order.wait_for_mail()
    assert_paid_once(order, till)
    assert not ProviderEvent.objects.exists()


def test_a_shopper_who_comes_back_need_not_wait_for_the_webhook(shop: LiveShop, till: Till) -> None:
    till.desk.faults(webhooks={"drop": True})
    order = place_order(shop, (make_variant(), 1))
    payment = order.start_payment()
    path = f"orders/{order.id}/payments/{payment['id']}/confirm"
    early = order.client.post(path, {})
    returned = till.pay(payment["provider_reference"])

    done = order.client.post(path, {"returned": returned})

    said = early.json()
    assert (said.get("code") or said["status"]) in ("processing", CHECKED)
    assert (done.status_code, done.json()["status"]) == (200, "succeeded"), done.content
    order.wait_for_mail()
    assert_paid_once(order, till)


@pytest.mark.parametrize("amount", ["24.98", "25.00"])
def test_another_amount_pays_nothing_and_is_given_back(
    shop: LiveShop, till: Till, amount: str
) -> None:
    """P5, PAY-008."""
    order, reference = started(shop)

    till.pay(reference, amount=amount)
    eventually(lambda: PaymentIntent.objects.get().flag, what="the payment is flagged")
    wait_until_quiet(shop)
    assert PaymentIntent.objects.get().flag == "amount_mismatch"
    assert order.look()["paid_at"] is None
    beat(shop)

    eventually(lambda: PaymentIntent.objects.get().resolved_at, what="the money is given back")
    taken = int(amount.replace(".", ""))
    assert till.ledger() == [("charge", taken), ("refund", taken)]
    assert not FinancialTransaction.objects.exists()


def test_a_declined_attempt_may_be_followed_by_a_good_one(shop: LiveShop, till: Till) -> None:
    order, reference = started(shop)
    till.decline(reference)
    eventually(lambda: order.payment()["failure"], what="the failure is noted")
    assert order.look()["status"] == "awaiting_payment"

    till.pay(reference)

    order.wait_for_mail()
    assert_paid_once(order, till)


def test_many_tabs_begin_one_payment(shop: LiveShop, till: Till) -> None:
    """P10, PAY-001."""
    order = place_order(shop, (make_variant(), 1))

    begun = all_at_once([order.start_payment] * 4)

    assert len({one["provider_reference"] for one in begun}) == 1
    assert len({one["id"] for one in begun}) == 1
    till.pay(begun[0]["provider_reference"])
    order.wait_for_mail()
    assert_paid_once(order, till)


def test_a_provider_that_acts_and_then_says_nothing(shop: LiveShop, till: Till) -> None:
    """X7, PAY-004."""
    till.desk.faults(api=[{"route": till.create_route, "mode": "timeout_after"}])
    order = place_order(shop, (make_variant(), 1))
    first = order.client.post(f"orders/{order.id}/payments")
    assert first.status_code in (201, 503)

    payment = order.start_payment()
    till.pay(payment["provider_reference"])

    order.wait_for_mail()
    assert_paid_once(order, till)


def test_a_capture_whose_answer_is_lost_takes_the_money_once(shop: LiveShop, till: Till) -> None:
    """X7: after the shopper has agreed, the provider charges and then hangs up, or is down."""
    routes = ["POST /paypal/v2/checkout/orders/{id}/capture", "POST /razorpay/v1/payments/*"]
    modes = ["error_503", "timeout_before", "timeout_after"]
    till.desk.faults(api=[{"route": one, "mode": mode} for one in routes for mode in modes])

    order = paid(shop, till)

    assert_paid_once(order, till)


def test_a_refund_of_the_dashboard_is_taken_in_and_its_failure_reversed(
    shop: LiveShop, till: Till
) -> None:
    """R4, REF-006. PayPal has no event for the failure: the nightly comparison finds it."""
    order = paid(shop, till)

    reference = till.refund(order.payment()["provider_reference"])
    eventually(lambda: order.look()["status"] == "refunded", what="the refund is taken in")
    wait_until_quiet(shop)
    [taken] = Refund.objects.all()
    assert (taken.status, taken.amount, taken.provider_reference) == ("succeeded", 2499, reference)

    till.fail_refund(reference)
    day = clock.now().date()
    if not till.tells_of_failed_refunds:
        reconciliation.reconcile_day(provider=till.code, on=day, now=clock.now())

    eventually(lambda: Refund.objects.get().reversed_at, what="the refund is reversed")
    wait_until_quiet(shop)
    assert Refund.objects.get().flag == "reversed_by_provider"
    agreed = reconciliation.reconcile_day(provider=till.code, on=day, now=clock.now())
    assert agreed.differences == ()
    assert till.ledger() == [("charge", 2499), ("refund", 2499), ("refund_failed", 2499)]


def test_a_refund_whose_answer_is_lost_is_made_once(shop: LiveShop, till: Till) -> None:
    """X7, PAY-004."""
    paid(shop, till)
    till.desk.faults(
        api=[
            {"route": "POST /paypal/v2/payments/*", "mode": "timeout_after"},
            {"route": "POST /razorpay/v1/payments/*", "mode": "timeout_after"},
        ]
    )

    wanted = Wanted(other_amount=500, reason="lost answer")
    refunds.request_refund(order_id=Order.objects.get().pk, wanted=wanted, now=clock.now())

    eventually(lambda: CreditNote.objects.first(), seconds=60, what="the credit note")
    wait_until_quiet(shop)
    assert till.ledger() == [("charge", 2499), ("refund", 500)]


def test_the_logs_hold_no_secret(shop: LiveShop, till: Till) -> None:
    logs = shop.platform.log_sizes()
    paid(shop, till)
    till.desk.faults(api=[{"route": till.create_route, "mode": "error_503", "times": 3}])
    place_order(shop, (make_variant(), 1)).client.post("carts", {})

    written = "".join(shop.platform.logs_since(logs).values())

    for secret in (f"secret_{shop.account}", "A21AA_", "a secret of the tests"):
        assert secret not in written
