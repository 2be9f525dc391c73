"""Money no order can take: attached when it fits after all, else given back, once (PAY-008)."""

import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.finance.models import CreditNote, FinancialTransaction
from apps.inventory.models import StockMovement
from apps.orders import services as orders
from apps.orders.models import Order
from apps.payments import services as payments
from apps.payments.errors import PaymentAlreadyProcessed, ProviderRefused, ProviderUnavailable
from apps.payments.gateways.base import (
    ProviderIntent,
    ProviderRefund,
    ProviderRefundState,
    ProviderState,
)
from apps.payments.models import PaymentIntent
from apps.refunds import services, tasks
from apps.refunds.errors import PaymentNotSettled
from apps.refunds.models import Refund
from apps.shared.db import owns_transaction
from apps.shared.outbox.models import DomainEvent
from config.celery import app
from config.settings.integrations.celery_beat import CELERY_BEAT_SCHEDULE
from tests.orders.placing import NOW, await_payment, intent_of, place, settle
from tests.refunds.orders import FakeStripe, ask, tell, work_off
from tests.support.goods import make_variant
from tests.support.shopping import connect_payments
from tests.support.shops import TestShop, use_shop
from tests.support.threads import race

WORKERS = ("apps.payments", "apps.checkout", "apps.refunds", "apps.finance")


@pytest.fixture
def order(shop_a: TestShop, stripe: FakeStripe) -> Order:
    """Awaits 10.00; the provider knows of the payment as `pi_1`."""
    connect_payments()
    return started("pi_1")


def started(reference: str) -> Order:
    order = place((make_variant(price=1000, stock=9), 1))
    PaymentIntent.objects.filter(order_id=order.pk).update(provider_reference=reference)
    await_payment(order)
    return order


@owns_transaction
def hear(intent: PaymentIntent, amount: int, currency: str = "USD") -> str:
    """A webhook says that so much was taken."""
    fact = ProviderIntent(
        reference=intent.provider_reference or "",
        state=ProviderState.SUCCEEDED,
        amount_received=amount,
        currency=currency,
    )
    locked = PaymentIntent.objects.select_for_update().get(pk=intent.pk)
    return payments.apply_provider_intent(intent=locked, fact=fact, now=NOW)


def sweep(*, minutes: int = 0) -> int:
    looked = services.settle_orphan_payments(now=NOW + timedelta(minutes=minutes), most=10)
    work_off(WORKERS)
    return looked


def outcome(order: Order) -> tuple[str, str, str, bool]:
    """The order's status; the payment's, its flag, and whether it is done with."""
    intent = intent_of(order)
    status = Order.objects.get(pk=order.pk).status
    return status, intent.status, intent.flag, intent.resolved_at is not None


def given_back() -> list[tuple[str, int, str, bool]]:
    rows = Refund.objects.order_by("id").values_list("status", "amount", "currency", "is_orphan")
    return list(rows)


def nothing_was_booked() -> bool:
    return not (FinancialTransaction.objects.exists() or CreditNote.objects.exists())


@pytest.mark.parametrize(
    ("amount", "currency"), [(999, "USD"), (1001, "USD"), (1000, "EUR"), (999, "EUR")]
)
def test_p5_another_amount_or_currency_is_flagged_not_paid_then_given_back(
    order: Order, stripe: FakeStripe, amount: int, currency: str
) -> None:
    """P5, PAY-008: what the provider holds, in its currency; the order may be paid anew."""
    stripe.hold("pi_1", amount, currency)
    assert hear(intent_of(order), amount, currency) == "amount_mismatch"
    assert outcome(order) == ("awaiting_payment", "processing", "amount_mismatch", False)

    sweep()

    assert outcome(order) == ("awaiting_payment", "failed", "amount_mismatch", True)
    assert given_back() == [("succeeded", amount, currency, True)]
    assert [(one.amount, one.currency) for one in stripe.refunds.values()] == [(amount, currency)]
    assert nothing_was_booked()
    assert StockMovement.objects.filter(reference_type="refund").count() == 0
    anew = owns_transaction(payments.open_intent)(
        order_id=order.pk, provider="stripe", amount=1000, currency="USD", now=NOW
    )
    assert anew.status == "processing"


def test_a_forged_amount_is_put_right_by_the_provider_s_own_word(
    order: Order, stripe: FakeStripe
) -> None:
    """PAY-008: attached: what the order wants was taken after all."""
    stripe.hold("pi_1", 1000)
    hear(intent_of(order), 999)

    sweep()

    assert outcome(order) == ("paid", "succeeded", "", False)
    assert (given_back(), stripe.asked) == ([], [])


@pytest.mark.parametrize("ended", ["expired", "cancelled"])
def test_money_that_came_too_late_is_given_back(
    order: Order, stripe: FakeStripe, ended: str
) -> None:
    """PAY-008, ORDER-003: a final order stays final; what is left in stock does not matter."""
    if ended == "expired":
        assert orders.expire_order(order_id=order.pk, now=NOW + timedelta(hours=2))
    else:
        orders.cancel_order(order_id=order.pk, reason="", now=NOW)
    stripe.hold("pi_1", 1000)
    assert hear(intent_of(order), 1000) == "succeeded"
    work_off(("apps.checkout",))
    status = "failed" if ended == "expired" else "cancelled"
    assert outcome(order) == (status, "succeeded", "order_not_payable", False)

    assert [sweep(), sweep(minutes=30)] == [1, 0]

    assert outcome(order) == (status, "succeeded", "order_not_payable", True)
    assert given_back() == [("succeeded", 1000, "USD", True)]
    assert nothing_was_booked()
    told = DomainEvent.objects.get(name="payments.intent.orphan_refunded").payload
    assert (told["amount"], told["flag"]) == (1000, "order_not_payable")
    assert told["refund"] == Refund.objects.get().public_id


def test_a_second_capture_is_given_back_and_the_order_keeps_the_first(
    order: Order, stripe: FakeStripe
) -> None:
    """PAY-008, INV 2: two captured intents end as one success and one refund; REF-003 is apart."""
    first = intent_of(order)
    PaymentIntent.objects.filter(pk=first.pk).update(status="cancelled")
    second = owns_transaction(payments.open_intent)(
        order_id=order.pk, provider="stripe", amount=1000, currency="USD", now=NOW
    )
    PaymentIntent.objects.filter(pk=second.pk).update(provider_reference="pi_2")
    second.refresh_from_db()
    assert hear(second, 1000) == "succeeded"
    work_off(("apps.checkout",))
    stripe.hold("pi_1", 1000)
    assert hear(first, 1000) == "succeeded_after_close"

    sweep()

    assert Order.objects.get(pk=order.pk).status == "paid"
    assert PaymentIntent.objects.get(pk=first.pk).resolved_at is not None
    assert [one.payment_reference for one in stripe.refunds.values()] == ["pi_1"]
    assert list(FinancialTransaction.objects.values_list("kind", "amount")) == [("credit", 1000)]
    assert ask(Order.objects.get(pk=order.pk), other_amount=1000).amount == 1000


def test_a_taken_payment_leaves_no_room_for_another(order: Order) -> None:
    """PAY-003: between the capture and the settlement a second tab begins no second payment."""
    hear(intent_of(order), 1000)
    with pytest.raises(PaymentAlreadyProcessed):
        owns_transaction(payments.open_intent)(
            order_id=order.pk, provider="stripe", amount=1000, currency="USD", now=NOW
        )


def test_two_captures_at_the_provider_never_succeed_both(order: Order) -> None:
    """INV 2: should it happen all the same, the later one is flagged."""
    taken = intent_of(order)
    hear(taken, 1000)
    PaymentIntent.objects.filter(pk=taken.pk).update(status="cancelled")
    other = owns_transaction(payments.open_intent)(
        order_id=order.pk, provider="stripe", amount=1000, currency="USD", now=NOW
    )
    PaymentIntent.objects.filter(pk=taken.pk).update(status="succeeded")
    assert hear(other, 1000) == "second_capture"


def test_a_booked_payment_is_never_an_orphan(order: Order, stripe: FakeStripe) -> None:
    """FIN-005: its success is delivered again, long after the order went on."""
    hear(intent_of(order), 1000)
    settle(order)
    orders.pack_order(order_id=order.pk, now=NOW)

    settle(order)
    PaymentIntent.objects.update(flag="order_not_payable")  # as an older version may have done
    stripe.hold("pi_1", 1000)
    sweep()

    assert (given_back(), stripe.asked) == ([], [])


def test_what_was_given_back_at_the_dashboard_is_not_given_back_again(
    order: Order, stripe: FakeStripe
) -> None:
    """REF-006: a part by hand, the rest by the sweep; no books, the order is as it was."""
    stripe.hold("pi_1", 1500)
    hear(intent_of(order), 1500)
    stripe.refunds["by hand"] = ProviderRefund(
        reference="re_hand",
        payment_reference="pi_1",
        state=ProviderRefundState.SUCCEEDED,
        amount=600,
        currency="USD",
    )

    sweep()

    assert sorted(given_back()) == [
        ("succeeded", 600, "USD", True),
        ("succeeded", 900, "USD", True),
    ]
    assert nothing_was_booked()
    assert Order.objects.get().status == "awaiting_payment"


def test_all_given_back_at_the_dashboard_is_done_with(order: Order, stripe: FakeStripe) -> None:
    stripe.hold("pi_1", 999)
    hear(intent_of(order), 999)
    stripe.refunds["by hand"] = ProviderRefund(
        reference="re_hand",
        payment_reference="pi_1",
        state=ProviderRefundState.SUCCEEDED,
        amount=999,
        currency="USD",
    )

    sweep()

    assert outcome(order) == ("awaiting_payment", "failed", "amount_mismatch", True)
    assert (given_back(), stripe.asked) == ([("succeeded", 999, "USD", True)], [])


def test_an_outage_is_no_reason_to_give_back_twice(order: Order, stripe: FakeStripe) -> None:
    """X7, PAY-004: the provider gave back and said nothing; the same key finds it."""
    stripe.hold("pi_1", 999)
    hear(intent_of(order), 999)
    stripe.after = [ProviderUnavailable()]

    sweep()
    sweep(minutes=5)

    assert (len(stripe.refunds), len(set(stripe.asked))) == (1, 1)
    assert given_back() == [("succeeded", 999, "USD", True)]


def test_a_refusal_is_tried_again_five_times_and_then_by_people_only(
    order: Order, stripe: FakeStripe
) -> None:
    """Bounded, and visible: the flag stays until it is resolved."""
    stripe.hold("pi_1", 999)
    hear(intent_of(order), 999)
    stripe.before = [ProviderRefused("no") for _ in range(9)]

    for minute in range(0, 60, 2):
        sweep(minutes=minute)

    assert [status for status, *_ in given_back()] == ["failed"] * 5
    assert outcome(order)[2:] == ("amount_mismatch", False)
    stripe.before = []
    last = Refund.objects.latest("id")
    services.retry_refund(refund_id=last.pk, now=NOW)
    work_off(WORKERS)
    assert outcome(order)[2:] == ("amount_mismatch", True)


def test_what_comes_late_changes_nothing(order: Order, stripe: FakeStripe) -> None:
    """PAY-007: all words of the provider about it, in any order, again."""
    stripe.hold("pi_1", 999)
    hear(intent_of(order), 999)
    sweep()
    before = outcome(order)

    for words in itertools.permutations([999, 1000, 999]):
        for amount in words:
            hear(intent_of(order), amount)
    sweep(minutes=90)

    assert outcome(order) == before
    assert len(stripe.refunds) == 1


def test_a_reversed_refund_of_an_orphan_touches_no_books(order: Order, stripe: FakeStripe) -> None:
    """R4."""
    stripe.hold("pi_1", 999)
    hear(intent_of(order), 999)
    sweep()
    refund = Refund.objects.get()

    told = {"provider_reference": refund.provider_reference, "failure_code": "expired_card"}
    assert tell(order, "failed", 999, **told) == "reversed"

    assert nothing_was_booked()
    again = services.retry_refund(refund_id=refund.pk, now=NOW)
    assert (again.is_orphan, again.amount) == (True, 999)


def test_a_refund_that_overtakes_its_payment_is_told_again(
    order: Order, stripe: FakeStripe
) -> None:
    """PAY-007, FIN-005: refund.created before payment_intent.succeeded was worked on."""
    with pytest.raises(PaymentNotSettled):
        tell(order, "succeeded", 400)
    hear(intent_of(order), 1000)
    with pytest.raises(PaymentNotSettled):
        tell(order, "succeeded", 400)
    assert not Refund.objects.exists()
    settle(order)

    assert tell(order, "succeeded", 400) == "succeeded"

    assert list(FinancialTransaction.objects.order_by("id").values_list("kind", "amount")) == [
        ("credit", 1000),
        ("debit", 400),
    ]


def test_sweeps_at_once_give_back_once(
    make_committed_shop: Callable[[], TestShop], stripe: FakeStripe
) -> None:
    """PAY-008: unique per intent, whoever comes at the same time."""
    shop = make_committed_shop()
    with use_shop(shop):
        connect_payments()
        order = started("pi_1")
        stripe.hold("pi_1", 999)
        hear(intent_of(order), 999)
        payment_id = intent_of(order).pk

        race(
            shop,
            *[lambda: services.settle_orphan_payment(payment_id=payment_id, now=NOW)] * 6,
        )
        [refund] = Refund.objects.all()
        race(shop, *[lambda: services.send_refund(refund_id=refund.pk, now=NOW)] * 4)

        assert len(stripe.refunds) == 1
        assert outcome(order) == ("awaiting_payment", "failed", "amount_mismatch", True)
        told = DomainEvent.objects.filter(name="payments.intent.orphan_refunded")
        assert told.count() == 1


def test_every_shop_has_its_turn_every_minute(order: Order, stripe: FakeStripe) -> None:
    """PAY-008: within minutes."""
    entry = CELERY_BEAT_SCHEDULE["sweep-refunds"]
    assert (entry["task"] in app.tasks, entry["schedule"]) == (True, 60.0)
    stripe.hold("pi_1", 999)
    hear(intent_of(order), 999)

    done = tasks.sweep_in_shops(schema_name="public", shops=["shop_test_a", "shop_test_b"])

    assert done == 1
    assert Refund.objects.get().requested_by == "task:sweep_refunds"
