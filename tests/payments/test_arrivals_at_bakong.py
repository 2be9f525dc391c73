"""PAY-007 for Bakong. It sends no webhooks: what arrives are answers to our own questions, alone or
in lists, late and twice; silence; the end of the order's time, and the shopper's change of mind."""

import itertools
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest

from apps.checkout import services as checkout
from apps.finance.models import FinancialTransaction, Invoice
from apps.orders.models import Order
from apps.payments import services as payments
from apps.payments.errors import ProviderUnavailable
from apps.payments.gateways.base import ProviderIntent, ProviderState
from apps.payments.models import PaymentIntent
from apps.shared import clock
from apps.shared.outbox.models import DeliveryState, EventDelivery
from tests.payments.simulated import WORKERS
from tests.payments.test_bakong import bank, line_of
from tests.refunds.orders import work_off
from tests.simulator.desks import BakongDesk
from tests.simulator.fixture import simulator
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.shopping import new_cart

__all__ = ["bank", "simulator"]
MOST_ORDERS = 24
Arrival = Callable[[], None]


@dataclass
class Sale:
    """One order of 15.00, its code, and the bank's answers about it so far, the oldest first."""

    client: ShopClient
    bank: BakongDesk
    id: str
    token: str
    code: str
    answers: list[ProviderIntent]

    @property
    def intent(self) -> PaymentIntent:
        return PaymentIntent.objects.latest("id")

    @property
    def order(self) -> Order:
        return Order.objects.latest("id")

    def ask(self) -> None:
        """Keep what the bank says now; it arrives later."""
        reference = self.intent.provider_reference or ""
        self.answers.append(line_of(self.bank).fetch_intent(reference))

    def hear(self, answer: ProviderIntent) -> None:
        payments.take_provider_intent(intent_id=self.intent.pk, fact=answer, now=clock.now())
        work_off(WORKERS)

    def poll(self) -> None:
        payments.poll_payments(now=clock.now(), most=10)
        work_off(WORKERS)

    def poll_in_vain(self) -> None:
        """The bank hears the question, and we no answer."""
        self.bank.faults(api=[{"route": "*", "mode": "timeout_after", "times": 3}])
        try:
            self.poll()
        except ProviderUnavailable:
            assert self.intent.status == "processing"
        self.bank.clear_faults()

    def time_is_up(self) -> None:
        now = clock.now()
        Order.objects.filter(pk=self.order.pk).update(
            expires_at=now - timedelta(seconds=1), placed_at=now - timedelta(hours=1)
        )
        checkout.expire_unpaid_order(order_id=self.order.pk, now=now)
        work_off(WORKERS)

    def cancel(self) -> None:
        """The shopper changes their mind; of a paid order nobody takes it."""
        self.client.post(f"orders/{self.id}/cancel", {}, order_token=self.token)
        work_off(WORKERS)


def begun(client: ShopClient, bank: BakongDesk) -> Sale:
    order = new_cart(client, (make_variant(price=1000), 1)).complete().json()
    payment = client.post(f"orders/{order['id']}/payments", order_token=order["token"]).json()
    code = payment["client"]["qr"]
    return Sale(client, bank, order["id"], order["token"], code, answers=[])


def paid_at_bank(client: ShopClient, bank: BakongDesk) -> Sale:
    """Looked at, refused, paid: three answers that have yet to arrive."""
    sale = begun(client, bank)
    sale.ask()
    bank.pay(sale.code, outcome="failed")
    sale.ask()
    bank.pay(sale.code)
    sale.ask()
    states = [(one.state, bool(one.failure_code)) for one in sale.answers]
    open_ = ProviderState.OPEN
    assert states == [(open_, False), (open_, True), (ProviderState.SUCCEEDED, False)]
    return sale


def arrivals(sale: Sale) -> Mapping[str, Arrival]:
    looked_at, refused, paid = sale.answers
    return {
        "looked at": lambda: sale.hear(looked_at),
        "refused": lambda: sale.hear(refused),
        "paid": lambda: sale.hear(paid),
        "paid again": lambda: sale.hear(paid),
        "silence": sale.poll_in_vain,
        "time is up": sale.time_is_up,
    }


def some_orders(names: list[str]) -> list[tuple[str, ...]]:
    """Of all orders of arrival some that are the same every time."""
    every = list(itertools.permutations(names))
    return random.Random(7).sample(every, MOST_ORDERS)


def booked(order: Order) -> list[tuple[str, int]]:
    found = FinancialTransaction.objects.filter(financial_order__order_id=order.pk)
    return list(found.values_list("kind", "amount"))


def assert_paid_once(sale: Sale, arrival: tuple[str, ...]) -> None:
    intent, order = sale.intent, sale.order
    assert (intent.status, intent.flag, intent.failure_code) == ("succeeded", "", ""), arrival
    assert (order.status, order.payment_status) == ("paid", "paid"), arrival
    assert booked(order) == [("credit", 1500)], arrival
    assert Invoice.objects.filter(order_id=order.pk).count() == 1, arrival


def assert_flagged_once(sale: Sale, arrival: tuple[str, ...]) -> None:
    """Nobody can give it back by Bakong's API: a person must look, and the books know nothing."""
    intent, order = sale.intent, sale.order
    assert intent.flag == "order_not_payable", arrival
    assert intent.resolved_at is None, arrival
    assert (order.status, booked(order)) == ("cancelled", []), arrival
    assert not Invoice.objects.filter(order_id=order.pk).exists(), arrival


def test_who_has_paid_is_served_however_that_arrives(
    client_a: ShopClient, bank: BakongDesk
) -> None:
    """Before an order is closed the bank is asked: the end of its time comes too late."""
    for number in range(MOST_ORDERS):
        sale = paid_at_bank(client_a, bank)
        known = arrivals(sale)
        arrival = some_orders(list(known))[number]

        for name in arrival:
            known[name]()
        sale.poll()

        assert_paid_once(sale, arrival)
    assert not EventDelivery.objects.filter(state=DeliveryState.DEAD).exists()
    assert len(bank.simulator.ledger(bank.account)) == MOST_ORDERS


def test_a_cancellation_and_a_payment_end_by_which_came_first(
    client_a: ShopClient, bank: BakongDesk
) -> None:
    """PAY-008: the money is an order's or flagged, once and never both, and never forgotten."""
    tells = {"paid", "paid again", "time is up"}
    ended = set()
    for number in range(MOST_ORDERS):
        sale = paid_at_bank(client_a, bank)
        known = {**arrivals(sale), "cancelled": sale.cancel}
        arrival = some_orders(list(known))[number]

        for name in arrival:
            known[name]()
        sale.poll()

        is_known = bool(tells & set(arrival[: arrival.index("cancelled")]))
        (assert_paid_once if is_known else assert_flagged_once)(sale, arrival)
        ended.add(is_known)
    assert ended == {True, False}
    assert not EventDelivery.objects.filter(state=DeliveryState.DEAD).exists()


def never_paid(client: ShopClient, bank: BakongDesk, monkeypatch: pytest.MonkeyPatch) -> Sale:
    """Looked at, refused, over: three answers that have yet to arrive."""
    sale = begun(client, bank)
    sale.ask()
    bank.pay(sale.code, outcome="failed")
    sale.ask()
    long_after = clock.now() + timedelta(hours=1)
    with monkeypatch.context() as later:
        later.setattr("apps.payments.gateways.bakong.gateway.clock.now", lambda: long_after)
        sale.ask()
    assert sale.answers[-1].state is ProviderState.CANCELLED
    return sale


def ends(sale: Sale) -> Mapping[str, Arrival]:
    looked_at, refused, over = sale.answers
    return {
        "looked at": lambda: sale.hear(looked_at),
        "refused": lambda: sale.hear(refused),
        "over": lambda: sale.hear(over),
        "over again": lambda: sale.hear(over),
        "time is up": sale.time_is_up,
    }


def test_a_code_that_nobody_paid_ends_the_same_however_that_arrives(
    client_a: ShopClient, bank: BakongDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its end is the bank's last word; what was answered before may come after it."""
    for number in range(MOST_ORDERS):
        sale = never_paid(client_a, bank, monkeypatch)
        known = ends(sale)
        arrival = some_orders(list(known))[number]

        for name in arrival:
            known[name]()
        sale.time_is_up()

        assert (sale.intent.status, sale.intent.flag) == ("cancelled", ""), arrival
        assert (sale.order.status, booked(sale.order)) == ("failed", []), arrival
