"""Money that payers took back through their banks: off the books, and on them again (FIN-005)."""

import itertools
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.orders import services as orders
from apps.orders.models import Order
from apps.payments import services
from apps.payments.models import PaymentDispute
from apps.refunds import services as refunds
from apps.refunds.errors import RefundExceedsCaptured
from apps.shared import clock
from apps.shared.db import owns_transaction
from tests.admin.browser import owner_of
from tests.payments.simulated import put_in, stored_line
from tests.payments.test_arrivals import till
from tests.payments.test_partial_capture import ill
from tests.refunds.orders import books, refunded
from tests.simulator.fixture import simulator
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import new_cart
from tests.support.shops import TestShop
from tests.support.tills import Till
from tests.support.waiting import eventually

__all__ = ["simulator", "till"]
Json = dict[str, Any]
PAID = [("credit", 1500)]
LOST = [*PAID, ("debit", 1500)]


@pytest.fixture
def reference(client_a: ShopClient, till: Till) -> str:
    """A payment that the provider took, and has not told of yet."""
    order = new_cart(client_a, (make_variant(price=1000), 1)).complete().json()
    begun = client_a.post(f"orders/{order['id']}/payments", order_token=order["token"]).json()
    made = str(begun["provider_reference"])
    till.pay(made)
    stored_line(till.code).capture_intent(made, amount=1500, currency="USD", key="k")
    return made


def disputed(till: Till, events: Sequence[Json]) -> list[Json]:
    return [one for one in events if "DISPUTE" in till.event_type(one).upper()]


def in_another_second() -> None:
    """Providers tell times in seconds, and of two words of one second the loss counts."""
    second = int(time.time())
    eventually(lambda: int(time.time()) > second, what="the next second")


def test_a_lost_dispute_is_debited_and_a_won_one_credited_again(
    till: Till, reference: str, shop_a: TestShop
) -> None:
    """FIN-002, FIN-005; the order stays paid, and says that it was disputed."""
    put_in(till, till.desk.events())
    known = len(till.desk.events())
    dispute = till.dispute(reference)
    till.decide_dispute(dispute, "lost")
    put_in(till, till.desk.events()[known:])

    order, known = Order.objects.get(), len(till.desk.events())
    [row] = PaymentDispute.objects.all()
    assert (row.status, row.reference, row.booked_amount) == ("lost", dispute, 1500)
    assert row.evidence_due_at is not None
    assert (books(order), order.status) == (LOST, "paid")
    page = owner_of(shop_a).get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    assert dispute in page
    assert "Taken back" in page
    assert ill() == []
    with pytest.raises(RefundExceedsCaptured):
        refunded(order, other_amount=1)

    in_another_second()
    till.decide_dispute(dispute, "won")
    put_in(till, till.desk.events()[known:])

    assert books(order) == [*LOST, ("credit", 1500)]
    assert (PaymentDispute.objects.get().booking_id, ill()) == (None, [])
    assert [kind for kind, _ in till.ledger()][-2:] == ["dispute", "dispute_reversed"]


ORDERS = list(itertools.permutations(range(4)))


@pytest.mark.parametrize("arrival", ORDERS[::3])
def test_the_books_are_the_same_for_every_order_of_arrival(
    till: Till, reference: str, arrival: tuple[int, ...]
) -> None:
    """PAY-007: a dispute's three words and that of the payment itself, each twice."""
    taken = [one for one in till.desk.events() if "capture" in till.event_type(one).lower()][-1:]
    dispute = till.dispute(reference)
    till.decide_dispute(dispute, "review")
    till.decide_dispute(dispute, "lost")
    told = [*taken, *_with_times(till, disputed(till, till.desk.events()))]

    put_in(till, [told[at] for at in arrival])

    assert books(Order.objects.get()) == LOST
    assert (PaymentDispute.objects.get().status, ill()) == ("lost", [])


def _with_times(till: Till, events: Sequence[Json]) -> list[Json]:
    """Razorpay's times are of seconds, and all of this happened in one."""
    if till.code != "razorpay":
        return list(events)
    return [{**one, "created_at": one["created_at"] + at} for at, one in enumerate(events)]


def test_less_than_was_paid_may_be_disputed(till: Till, reference: str) -> None:
    put_in(till, till.desk.events())
    known = len(till.desk.events())
    till.decide_dispute(till.dispute(reference, amount="4.00"), "lost")
    put_in(till, till.desk.events()[known:])

    order = Order.objects.get()
    assert books(order) == [*PAID, ("debit", 400)]
    assert refunded(order, other_amount=1100).status == "succeeded"


def test_no_more_is_taken_off_the_books_than_is_left(till: Till, reference: str) -> None:
    """What the shop gave back of a claim by itself is a refund, and was booked as that."""
    put_in(till, till.desk.events())
    order, known = Order.objects.get(), len(till.desk.events())
    refunded(order, other_amount=1200)
    till.decide_dispute(till.dispute(reference), "lost")
    put_in(till, till.desk.events()[known:])

    assert books(order) == [*PAID, ("debit", 1200), ("debit", 300)]
    assert PaymentDispute.objects.get().booked_amount == 300


def test_what_no_webhook_told_the_nightly_look_finds(till: Till, reference: str) -> None:
    put_in(till, till.desk.events())
    dispute = till.dispute(reference)
    now = clock.now()

    def look() -> int:
        since, until = now - timedelta(hours=1), now + timedelta(hours=1)
        return services.sync_disputes(provider=till.code, since=since, until=until, now=clock.now())

    assert (look(), look()) == (1, 0)
    assert PaymentDispute.objects.get().status == "open"
    till.decide_dispute(dispute, "lost")
    assert look() == 1
    put_in(till, [])
    assert books(Order.objects.get()) == LOST


def test_booking_twice_is_booking_once(till: Till, reference: str) -> None:
    put_in(till, till.desk.events())
    known = len(till.desk.events())
    till.decide_dispute(till.dispute(reference), "lost")
    put_in(till, till.desk.events()[known:])

    for _ in range(2):
        _book(Order.objects.get())

    assert books(Order.objects.get()) == LOST


@owns_transaction
def _book(order: Order) -> None:
    refunds.book_disputes(order_id=order.pk, now=datetime.now(UTC))


def test_a_dispute_of_money_that_paid_nothing_touches_no_books(
    client_a: ShopClient, till: Till, reference: str
) -> None:
    """PAY-008: the order was called off before its payment was heard of."""
    order = Order.objects.get()
    orders.cancel_order(order_id=order.pk, reason="late", now=clock.now())
    till.decide_dispute(till.dispute(reference), "lost")

    put_in(till, till.desk.events())

    assert books(order) == []
    assert [one.booked_amount for one in PaymentDispute.objects.all()] in ([0], [])
