"""Mending refunds: their outcome, the totals that follow from them, their stock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from apps.catalog.models import Variant
from apps.finance.models import CreditNote, FinancialTransaction
from apps.inventory.models import Reservation, StockItem, StockMovement
from apps.orders.models import Order
from apps.payments.errors import ProviderRefused, ProviderUnavailable
from apps.payments.gateways.base import ProviderRefundState
from apps.refunds import inquiries, selectors, services
from apps.refunds.dto import WantedLine
from apps.refunds.models import Refund
from apps.refunds.states import Restock
from apps.shared.audit.models import AuditEntry
from apps.shared.ids import new_id
from apps.shared.mending import Difference, NotMendable
from tests.inventory.stock import assert_movements_add_up
from tests.refunds.orders import (
    NOW,
    FakeStripe,
    ask,
    books,
    credit_notes,
    intent_of,
    line_id,
    paid_order,
    refunded,
    send,
    statuses,
    stock,
    stock_moves,
    tell,
)
from tests.support.goods import make_variant
from tests.support.providers import play
from tests.support.shopping import connect_payments
from tests.support.shops import TestShop, use_shop
from tests.support.threads import race

LATER = NOW + timedelta(hours=1)


def changed(difference: Difference | None) -> dict[str, Any]:
    """What a difference changes."""
    if difference is None:
        return {}
    return {
        key: (difference.before.get(key), value)
        for key, value in difference.after.items()
        if value != difference.before.get(key)
    }


def mend(refund: Refund) -> dict[str, Any]:
    return changed(services.mend_refund(refund_id=refund.pk, now=LATER))


def predicted(refund: Refund) -> dict[str, Any]:
    found = services.diagnose_refund(refund_id=refund.pk)
    return changed(found.difference if found else None)


def status(refund: Refund) -> str:
    refund.refresh_from_db()
    return str(refund.status)


def entries() -> list[str]:
    rows = AuditEntry.objects.filter(action="repair.refunds").order_by("id")
    return list(rows.values_list("target_id", flat=True))


# --- without an outcome --------------------------------------------------------------------------


def test_one_that_was_never_sent_is_sent_under_its_own_key(
    order: Order, stripe: FakeStripe
) -> None:
    refund = ask(order, other_amount=700)
    assert selectors.refunds_under_way(older_than=LATER) == [refund.pk]
    assert predicted(refund) == {"at_provider": ("unknown", "sent again under its key")}
    assert stripe.asked == [], "a look writes nothing at the provider"

    assert mend(refund)["status"] == ("approved", "succeeded")

    assert stripe.asked == [refund.provider_key]
    assert books(order) == [("credit", 2500), ("debit", 700)]
    assert (mend(refund), entries()) == ({}, [refund.public_id])
    assert selectors.refunds_under_way(older_than=LATER) == []


def test_one_whose_answer_was_lost_is_found_at_the_provider(
    order: Order, stripe: FakeStripe
) -> None:
    """Killed between the provider's answer and its note of it: no second refund."""
    refund = ask(order, other_amount=700)
    stripe.after = [ProviderUnavailable()]
    with pytest.raises(ProviderUnavailable):
        send(refund)
    assert status(refund) == "processing"

    assert predicted(refund) == {"status": ("processing", "succeeded")}
    assert mend(refund)["status"] == ("processing", "succeeded")

    assert len(stripe.refunds) == len(stripe.asked) == 1
    assert statuses(order) == ("partially_refunded", "partially_refunded")


def test_one_that_the_provider_refuses_has_failed(order: Order, stripe: FakeStripe) -> None:
    refund = ask(order, other_amount=700)
    stripe.before = [ProviderRefused("too old")]
    assert mend(refund)["status"] == ("approved", "failed")
    assert (books(order), entries()) == ([("credit", 2500)], [refund.public_id])


def test_one_that_the_bank_decides_on_is_sent_once(order: Order, stripe: FakeStripe) -> None:
    refund = ask(order, other_amount=700)
    stripe.state = ProviderRefundState.PENDING
    assert mend(refund)["status"] == ("approved", "processing")
    assert (mend(refund), predicted(refund)) == ({}, {})
    assert (len(stripe.asked), entries()) == (1, [refund.public_id])


def test_a_provider_that_is_away_leaves_it_to_the_next_run(
    order: Order, stripe: FakeStripe
) -> None:
    refund = ask(order, other_amount=700)
    stripe.before = [ProviderUnavailable()]
    with pytest.raises(ProviderUnavailable):
        mend(refund)
    assert (status(refund), entries()) == ("processing", [])
    assert mend(refund)["status"] == ("processing", "succeeded")


def test_a_dashboard_refund_that_the_provider_forgot_needs_a_person(
    order: Order, stripe: FakeStripe
) -> None:
    tell(order, "pending", 300)
    refund = Refund.objects.get()
    with pytest.raises(NotMendable, match="does not know of it any more"):
        mend(refund)
    assert stripe.asked == []


def test_a_refund_that_ended_is_left_alone(order: Order, stripe: FakeStripe) -> None:
    refund = refunded(order, other_amount=700)
    assert (predicted(refund), mend(refund), entries()) == ({}, {}, [])


# --- totals --------------------------------------------------------------------------------------


def totals(order: Order, *, dry_run: bool = False) -> dict[str, Any]:
    return changed(services.mend_refund_totals(order_id=order.pk, now=LATER, dry_run=dry_run))


@contextmanager
def damaging() -> Iterator[None]:
    """Books refuse to be altered: damage comes from outside, as by a restore of one table."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")


@damaging()
def unbook(order: Order) -> None:
    """As if the books had been restored from before the refund."""
    CreditNote.objects.all().delete()
    FinancialTransaction.objects.filter(kind="debit", financial_order__order_id=order.pk).delete()


def disagreeing() -> list[UUID]:
    return inquiries.orders_whose_totals_disagree()


def test_a_refund_that_the_books_do_not_know_is_booked(order: Order) -> None:
    refunded(order, other_amount=700)
    assert disagreeing() == []
    unbook(order)
    assert disagreeing() == [order.pk]

    assert totals(order, dry_run=True) == {"debits": (0, 700)}
    assert (books(order), entries()) == ([("credit", 2500)], []), "a dry run writes nothing"
    assert totals(order) == {"debits": (0, 700)}

    assert books(order) == [("credit", 2500), ("debit", 700)]
    assert [amount for _, amount in credit_notes(order)] == [700]
    assert (totals(order), disagreeing(), entries()) == ({}, [], [order.public_id])


def test_an_order_that_lags_behind_its_refunds_is_taken_further(order: Order) -> None:
    refunded(order, other_amount=2500)
    Order.objects.update(payment_status="paid", status="paid")
    assert disagreeing() == [order.pk]

    assert totals(order) == {
        "payment_status": ("paid", "refunded"),
        "status": ("paid", "refunded"),
    }
    assert statuses(order) == ("refunded", "refunded")
    assert order.transitions.latest("id").actor == "system"
    assert (totals(order), disagreeing()) == ({}, [])
    assert_movements_add_up()


def test_a_reversed_refund_gets_its_credit(order: Order) -> None:
    refund = refunded(order, other_amount=700)
    tell(order, "failed", 700, provider_reference=refund.provider_reference)
    with damaging():
        FinancialTransaction.objects.filter(kind="credit", source_id=refund.pk).delete()
    assert disagreeing() == [order.pk]
    assert totals(order) == {"reversals": (0, 700)}
    assert books(order) == [("credit", 2500), ("debit", 700), ("credit", 700)]
    assert totals(order) == {}


def test_an_order_that_stays_refunded_after_a_reversal_is_well(order: Order) -> None:
    """docs/adr/0011: the flag tells, a person decides."""
    refund = refunded(order, other_amount=2500)
    tell(order, "failed", 2500, provider_reference=refund.provider_reference)
    assert (totals(order), entries()) == ({}, [])


def test_books_or_orders_that_say_more_than_the_refunds_need_a_person(order: Order) -> None:
    refunded(order, other_amount=700)
    Order.objects.update(payment_status="refunded", status="refunded")
    with pytest.raises(NotMendable, match="the order is refunded, its refunds come to 700"):
        totals(order)
    Order.objects.update(payment_status="partially_refunded", status="partially_refunded")
    with damaging():
        FinancialTransaction.objects.filter(kind="debit").update(amount=600)
    with pytest.raises(NotMendable, match="gave back 700, the books say 600"):
        totals(order)
    with damaging():
        FinancialTransaction.objects.filter(kind="debit").update(amount=700, source_id=new_id())
    with pytest.raises(NotMendable, match="1 debits are of no refund"):
        totals(order)
    assert entries() == []


# --- stock ---------------------------------------------------------------------------------------


@pytest.fixture
def shirt(shop_a: TestShop) -> Variant:
    return make_variant(price=1000, stock=10)


@pytest.fixture
def bought(shop_a: TestShop, stripe: FakeStripe, shirt: Variant) -> Order:
    """Four shirts at 10.00, shipping 5.00: 45.00, paid."""
    connect_payments()
    return paid_order(shop_a, (shirt, 4))


def restock(refund: Refund, *, dry_run: bool = False) -> dict[str, Any]:
    return changed(services.mend_refund_stock(refund_id=refund.pk, now=LATER, dry_run=dry_run))


def refund_of_one(order: Order) -> Refund:
    wanted = WantedLine(order_line_id=line_id(order), quantity=1, restock=Restock.RESERVED)
    return refunded(order, lines=(wanted,))


def take_back_stock(refund: Refund) -> None:
    """As if the release had never happened, in row, reservation and ledger."""
    Reservation.objects.update(released=0)
    StockItem.objects.update(reserved=4)
    StockMovement.objects.filter(reference_id=refund.public_id).delete()


def test_stock_005_a_refund_without_its_stock_gets_it_once(bought: Order, shirt: Variant) -> None:
    """STOCK-005."""
    refund = refund_of_one(bought)
    assert (stock(shirt), inquiries.refunds_without_their_stock(now=LATER)) == ((10, 3), [])
    take_back_stock(refund)
    assert inquiries.refunds_without_their_stock(now=LATER) == [refund.pk]

    assert restock(refund, dry_run=True) == {"pieces_moved": (0, 1)}
    assert (stock(shirt), stock_moves(refund)) == ((10, 4), 0)
    assert restock(refund) == {"pieces_moved": (0, 1)}

    assert (stock(shirt), stock_moves(refund)) == ((10, 3), 1)
    assert (restock(refund), entries()) == ({}, [refund.public_id])
    assert inquiries.refunds_without_their_stock(now=LATER) == []
    assert_movements_add_up()


def test_goods_that_fit_now_are_moved_and_the_flag_goes(bought: Order, shirt: Variant) -> None:
    refund = refund_of_one(bought)
    take_back_stock(refund)
    Refund.objects.update(flag="stock_not_moved")
    assert restock(refund) == {"flag": ("stock_not_moved", ""), "pieces_moved": (0, 1)}
    refund.refresh_from_db()
    assert (refund.flag, stock(shirt)) == ("", (10, 3))
    assert refund.events.latest("id").step == "stock_moved"


def test_what_is_known_is_not_logged_as_if_new(
    bought: Order, shirt: Variant, caplog: pytest.LogCaptureFixture
) -> None:
    """Who alerts on `refund.flagged` is not called because somebody looked."""
    refund = refund_of_one(bought)
    take_back_stock(refund)
    Refund.objects.update(flag="stock_not_moved")
    Reservation.objects.update(shipped=4)
    history = refund.events.count()
    caplog.clear()

    for dry_run in (True, False):
        with pytest.raises(NotMendable):
            restock(refund, dry_run=dry_run)

    assert [one.message for one in caplog.records if one.levelname in ("WARNING", "ERROR")] == []
    assert refund.events.count() == history


def test_goods_that_still_do_not_fit_need_a_person(bought: Order, shirt: Variant) -> None:
    refund = refund_of_one(bought)
    take_back_stock(refund)
    Refund.objects.update(flag="stock_not_moved")
    Reservation.objects.update(shipped=4)
    with pytest.raises(NotMendable, match="its goods do not fit"):
        restock(refund)
    refund.refresh_from_db()
    assert (refund.flag, entries()) == ("stock_not_moved", [])


def test_an_old_refund_is_not_given_its_stock_again(bought: Order, shirt: Variant) -> None:
    """Its movements were pruned: that they are not there says nothing."""
    refund = refund_of_one(bought)
    StockMovement.objects.filter(reference_id=refund.public_id).delete()
    Refund.objects.update(updated_at=LATER - timedelta(days=701))
    assert inquiries.refunds_without_their_stock(now=LATER) == []
    assert (restock(refund), stock(shirt)) == ({}, (10, 3))


# --- at once -------------------------------------------------------------------------------------


@pytest.fixture
def everyones_stripe(monkeypatch: pytest.MonkeyPatch) -> FakeStripe:
    fake = FakeStripe()
    play(monkeypatch, fake)
    return fake


def test_a_worker_a_webhook_and_two_repairs_give_back_once(
    make_committed_shop: Callable[[], TestShop], everyones_stripe: FakeStripe
) -> None:
    shop = make_committed_shop()
    with use_shop(shop):
        connect_payments()
        order = paid_order(shop, (make_variant(price=1000), 2))
        refund = ask(order, other_amount=700)
        results = race(shop, lambda: mend(refund), lambda: mend(refund), lambda: send(refund))
        assert [one for one in results if isinstance(one, BaseException)] == []
        assert status(refund) == "succeeded"
        assert len(everyones_stripe.refunds) == 1
        assert books(order) == [("credit", 2500), ("debit", 700)]
        assert [amount for _, amount in credit_notes(order)] == [700]
        assert len(entries()) <= 2
        assert intent_of(order).status == "succeeded"


def test_two_who_mend_totals_and_stock_at_once_do_it_once(
    make_committed_shop: Callable[[], TestShop], everyones_stripe: FakeStripe
) -> None:
    shop = make_committed_shop()
    with use_shop(shop):
        connect_payments()
        shirt = make_variant(price=1000, stock=10)
        order = paid_order(shop, (shirt, 4))
        refund = refund_of_one(order)
        take_back_stock(refund)
        unbook(order)
        results = race(
            shop,
            *[lambda: totals(order)] * 2,
            *[lambda: restock(refund)] * 2,
        )
        assert [one for one in results if isinstance(one, BaseException)] == []
        assert sum(bool(one) for one in results[:2]) == 1
        assert sum(bool(one) for one in results[2:]) == 1
        assert books(order) == [("credit", 4500), ("debit", 1000)]
        assert (stock(shirt), stock_moves(refund)) == ((10, 3), 1)
        assert len(entries()) == 2
