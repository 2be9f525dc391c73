"""Orders, payments, stock and parcels in random order; after each step everything must agree.

Bounded for CI to about 20 s, always the same walks. `ORDER_MACHINE_EXAMPLES=500` walks more and
elsewhere each time.
"""

import os
from datetime import timedelta

from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.catalog.states import InventoryPolicy
from apps.finance.models import FinancialTransaction
from apps.inventory import selectors as stock
from apps.inventory import services as inventory
from apps.inventory.dto import LineQuantity, Reference, StockRow
from apps.inventory.errors import InsufficientStock
from apps.inventory.models import Location, Reservation, StockItem
from apps.orders import services as orders
from apps.orders.models import Order, OrderLine, ShipmentLine
from apps.payments import services as payments
from apps.payments.gateways.base import ProviderState
from apps.shared.db import owns_transaction
from apps.shared.errors import DomainError
from tests.inventory.stock import assert_movements_add_up
from tests.orders.placing import NOW, await_payment, intent_of, place, settle, tell
from tests.orders.test_states import TABLE
from tests.support.goods import main_location, make_variant
from tests.support.shops import TestShop

EXAMPLES = int(os.environ.get("ORDER_MACHINE_EXAMPLES", "0"))
PAID = ("paid", "partially_refunded", "refunded")
some = st.integers(0, 2)
pieces = st.integers(1, 4)
which = st.integers(0, 30)
carts = st.lists(st.tuples(some, pieces), min_size=1, max_size=3)
there_are_orders = precondition(lambda machine: bool(machine.placed))


class OrderMachine(RuleBasedStateMachine):
    """A shop with three variants at two places, and whatever may happen in it."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        # As if it were the test's own: owned transactions become savepoints in it.
        self.atomic._from_testcase = True  # type: ignore[attr-defined]
        self.atomic.__enter__()
        second = Location.objects.create(name="Second", priority=2)
        self.places = [main_location(), second.pk]
        self.goods = [
            make_variant(stock=6),
            make_variant(stock=12),
            make_variant(stock=2, policy=InventoryPolicy.CONTINUE),
        ]
        self.receive(1, 3, True)
        self.placed: list[Order] = []
        self.now = NOW

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def one(self, index: int) -> Order:
        """An order, as it is now."""
        order = self.placed[-1 - index % len(self.placed)]
        order.refresh_from_db()
        return order

    @initialize(first=carts, second=carts, third=carts)
    def open_the_shop(self, **first_carts: list[tuple[int, int]]) -> None:
        for goods in first_carts.values():
            self.check_out(goods)

    @rule(goods=carts)
    def check_out_another(self, goods: list[tuple[int, int]]) -> None:
        self.check_out(goods)

    def check_out(self, goods: list[tuple[int, int]]) -> None:
        """STOCK-002: all lines or none, and never refused while there is enough."""
        wanted = [(self.goods[index], quantity) for index, quantity in goods]
        there = stock.available_quantities(variant_ids=[variant.pk for variant, _ in wanted])
        needed = {
            variant.pk: sum(q for one, q in wanted if one.pk == variant.pk) for variant, _ in wanted
        }
        is_enough = all(there[pk] >= quantity for pk, quantity in needed.items())
        try:
            self.placed.append(place(*wanted, now=self.now))
            assert is_enough
        except InsufficientStock:
            assert not is_enough

    @there_are_orders
    @rule(index=which, state=st.sampled_from([*ProviderState, ProviderState.SUCCEEDED]))
    def hear_of_payment(self, index: int, state: ProviderState) -> None:
        """A fact arrives, for open and closed orders, again and late."""
        order = self.one(index)
        await_payment(order, now=self.now)
        if tell(order, state, now=self.now) == "succeeded":
            settle(order, now=self.now)

    @there_are_orders
    @rule(index=which)
    def settle_again(self, index: int) -> None:
        """The event is delivered twice: a paid order is not settled anew."""
        order = self.one(index)
        if order.closed and intent_of(order).status == "succeeded":
            settle(order, now=self.now)

    @there_are_orders
    @rule(index=which)
    def try_another_payment(self, index: int) -> None:
        """PAY-001: one is under way at most."""
        order = self.one(index)
        if order.status in ("pending", "awaiting_payment"):
            owns_transaction(payments.open_intent)(
                order_id=order.pk,
                provider="stripe",
                amount=order.total_amount,
                currency="USD",
                now=self.now,
            )

    @there_are_orders
    @rule(index=which)
    def cancel(self, index: int) -> None:
        self.attempt(orders.cancel_order, order_id=self.one(index).pk, reason="walk")

    @there_are_orders
    @rule(index=which, minutes=st.sampled_from([1, 30, 61]))
    def expire(self, index: int, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        order = self.one(index)
        is_due = order.status in ("pending", "awaiting_payment") and order.expires_at <= self.now
        assert orders.expire_order(order_id=order.pk, now=self.now) is is_due

    @there_are_orders
    @rule(index=which, step=st.sampled_from(["pack", "pack", "deliver", "fulfil"]))
    def take_further(self, index: int, step: str) -> None:
        self.attempt(getattr(orders, f"{step}_order"), order_id=self.one(index).pk)

    @there_are_orders
    @rule(index=which, quantity=pieces, is_all=st.booleans())
    def ship(self, index: int, quantity: int, is_all: bool) -> None:
        order = self.one(index)
        line = order.lines.all()[quantity % order.lines.count()]
        lines = None if is_all else [LineQuantity(line.pk, quantity)]
        self.attempt(orders.ship_order, order_id=order.pk, lines=lines)

    @there_are_orders
    @rule(index=which, quantity=pieces, is_back=st.booleans())
    def restock(self, index: int, quantity: int, is_back: bool) -> None:
        """What a refund does with a line: released before it was shipped, returned after."""
        order = self.one(index)
        if order.payment_status not in PAID:
            return
        line = order.lines.all()[quantity % order.lines.count()]
        move = inventory.return_stock if is_back else inventory.release_line_stock

        @owns_transaction
        def give_back(*, now: object) -> None:
            move(
                order_id=order.pk,
                lines=[LineQuantity(line.pk, quantity)],
                reference=Reference("refund", "ref_1"),
                now=self.now,
            )
            orders.finish_shipping(order_id=order.pk, now=self.now)

        self.attempt(give_back)

    @rule(index=some, quantity=pieces, is_second=st.booleans())
    def receive(self, index: int, quantity: int, is_second: bool) -> None:
        inventory.receive_stock(
            variant_id=self.goods[index].pk,
            location_id=self.places[is_second],
            quantity=quantity,
            reference="walk",
            now=NOW,
        )

    @rule(index=some, counted=st.integers(0, 8), expected=st.none() | st.integers(0, 8))
    def count(self, index: int, counted: int, expected: int | None) -> None:
        self.attempt(
            inventory.count_stock,
            variant_id=self.goods[index].pk,
            location_id=self.places[0],
            counted=counted,
            expected=expected,
            note="walk",
        )

    @rule(changes=st.lists(st.tuples(some, st.integers(-3, 3)), max_size=4))
    def sync(self, changes: list[tuple[int, int]]) -> None:
        rows = [StockRow(sku=self.goods[index].sku, delta=delta) for index, delta in changes]
        inventory.sync_stock(rows=rows, mode="per_item", reference="walk", now=self.now)

    def attempt(self, service: object, **arguments: object) -> None:
        """It happens, or it is refused and then nothing has happened: the invariants tell."""
        try:
            service(now=self.now, **arguments)  # type: ignore[operator]
        except DomainError as refused:
            event(refused.code)

    @invariant()
    def stock_agrees_with_its_movements(self) -> None:
        """INV 1, STOCK-001, STOCK-004."""
        assert_movements_add_up()
        for item in StockItem.objects.all():
            assert item.on_hand >= 0
            assert item.reserved >= 0
            assert item.available >= -item.backorder_limit

    @invariant()
    def every_order_is_whole(self) -> None:
        """INV 2, INV 8, FIN-002, STOCK-003, ORDER-005."""
        for order in Order.objects.prefetch_related("transitions"):
            held = stock.open_quantities(order_id=order.pk)
            booked = FinancialTransaction.objects.filter(financial_order__order_id=order.pk)
            is_paid = order.payment_status in PAID
            assert booked.count() == is_paid
            assert is_paid == (order.paid_at is not None)
            if order.closed or order.fulfillment_status in ("shipped", "delivered", "fulfilled"):
                assert held == {}
            chain = [(one.source, one.target) for one in order.transitions.all()]
            assert [source for source, _ in chain] == ["", *(target for _, target in chain[:-1])]
            for source, target in chain[1:]:
                assert source == target or target in TABLE[source]
            assert chain[-1][1] == order.status

    @invariant()
    def what_left_was_ordered(self) -> None:
        """STOCK-003: parcels hold what was shipped of a line, and never more than was ordered."""
        sums = Reservation.objects.values("order_line_id").annotate(
            all=Sum("quantity"), out=Sum("shipped"), free=Sum("released"), back=Sum("returned")
        )
        ordered = dict(OrderLine.objects.values_list("pk", "quantity"))
        parcels = dict(
            ShipmentLine.objects.values_list("order_line_id").annotate(sent=Sum("quantity"))
        )
        for line in sums:
            assert line["all"] == ordered[line["order_line_id"]]
            assert line["out"] + line["free"] <= line["all"]
            assert line["back"] <= line["out"]
            assert parcels.get(line["order_line_id"], 0) <= line["out"]


def test_whatever_happens_to_orders_everything_agrees(shop_a: TestShop) -> None:
    """INV 1, 2, 8 after each of some hundred random steps."""
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        OrderMachine,
        settings=settings(
            max_examples=EXAMPLES or 20,
            stateful_step_count=20,
            derandomize=not EXAMPLES,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
