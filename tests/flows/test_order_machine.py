"""Carts, orders, payments, parcels, refunds and stock in random order, with a provider that answers
at random; after each step everything must agree, and in the end nothing may be missing.

The product's own services, its SQL function for checkout and its events are at work; webhooks and
events are delivered now, later, twice or in another order. Bounded for CI, always the same walks.
`ORDER_MACHINE_EXAMPLES=500` walks more and elsewhere each time (docs/CONTRIBUTING.md).
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from unittest import mock
from uuid import UUID

from django.db import transaction
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.cart import services as carts
from apps.cart.dto import Caller
from apps.cart.errors import CartCompleted
from apps.cart.models import Cart
from apps.catalog.states import InventoryPolicy
from apps.checkout import services as checkout
from apps.inventory import selectors as stock
from apps.inventory import services as inventory
from apps.inventory.dto import LineQuantity, StockRow
from apps.inventory.errors import InsufficientStock
from apps.inventory.models import Location
from apps.orders import services as orders
from apps.orders.dto import OrderCaller
from apps.orders.models import Order
from apps.payments import services as payments
from apps.payments.gateways import registry
from apps.payments.gateways.base import ProviderRefundState
from apps.payments.models import PaymentIntent
from apps.refunds import services as refunds
from apps.refunds.dto import Wanted, WantedLine
from apps.refunds.models import Refund
from apps.refunds.states import Restock
from apps.shared import clock, context
from apps.shared.api.tokens import access_token
from apps.shared.errors import DomainError
from apps.shared.idempotency.services import Claim, StoredAnswer
from apps.shared.invariants.declare import Severity
from apps.shared.outbox.claim import claim_due
from apps.shared.outbox.deliver import deliver
from apps.shared.outbox.models import EventDelivery
from apps.shop.models import ShopSettings
from tests.orders.placing import NOW
from tests.support import order_invariants as must
from tests.support.final_check import assert_invariants
from tests.support.goods import flat_rate, main_location, make_variant
from tests.support.pretend_provider import ACT, MOODS, PretendProvider
from tests.support.providers import played_by
from tests.support.shopping import ADDRESS, connect_payments
from tests.support.shops import TestShop

EXAMPLES = int(os.environ.get("ORDER_MACHINE_EXAMPLES", "0"))
STEPS = int(os.environ.get("ORDER_MACHINE_STEPS", "30"))
# Who acts on events here. Documents and mails have tests of their own.
HEARD = r"^apps\.(payments|checkout|refunds)\.|^apps\.finance\.issue_invoice_of_paid_order$"
PEOPLE = ("staff:asker@shop.example", "staff:boss@shop.example")
some = st.integers(0, 2)
pieces = st.integers(1, 4)
which = st.integers(0, 30)
moods = st.lists(st.sampled_from([ACT, *MOODS]), max_size=3)
goods_of_carts = st.lists(st.tuples(some, pieces), min_size=1, max_size=3)
there_are = {
    "carts": precondition(lambda machine: bool(machine.carts)),
    "orders": precondition(lambda machine: bool(machine.placed)),
    "payments": precondition(lambda machine: bool(machine.provider.payments)),
    "webhooks": precondition(lambda machine: bool(machine.provider.webhooks)),
    "their refunds": precondition(lambda machine: bool(machine.provider.refunds)),
    "refunds": precondition(lambda machine: Refund.objects.exists()),
}


class OrderMachine(RuleBasedStateMachine):
    """A shop with three variants at two places, and whatever may happen in it."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        # As if it were the test's own: owned transactions become savepoints in it.
        self.atomic._from_testcase = True  # type: ignore[attr-defined]
        self.atomic.__enter__()
        self.now = NOW
        self.provider = PretendProvider()
        self.patches = (
            mock.patch.dict(registry._PROVIDERS, stripe=played_by(self.provider)),
            mock.patch.object(clock, "now", self.tell_the_time),
        )
        for patch in self.patches:
            patch.start()
        connect_payments()
        second = Location.objects.create(name="Second", priority=2)
        self.places = [main_location(), second.pk]
        self.goods = [
            make_variant(stock=6, price=1000),
            make_variant(stock=12, price=333),
            make_variant(stock=2, policy=InventoryPolicy.CONTINUE),
        ]
        self.receive(1, 3, True)
        self.carts: list[UUID] = []
        self.placed: list[Order] = []
        self.keys = 0

    def teardown(self) -> None:
        try:
            self.let_all_come_to_rest()
        finally:
            for patch in self.patches:
                patch.stop()
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def tell_the_time(self) -> datetime:
        return self.now

    @initialize(
        threshold=st.sampled_from([None, 0, 1500]), first=goods_of_carts, second=goods_of_carts
    )
    def open_the_shop(
        self,
        threshold: int | None,
        first: list[tuple[int, int]],
        second: list[tuple[int, int]],
    ) -> None:
        ShopSettings.objects.update(refund_approval_threshold_amount=threshold)
        for goods in (first, second):
            self.fill_a_cart(goods)
            self.complete(0)
        if self.placed:
            self.buy(0, [])

    # Carts and checkout.

    @rule(goods=goods_of_carts)
    def fill_a_cart(self, goods: list[tuple[int, int]]) -> None:
        cart = carts.create_cart(
            customer_id=None, email="ada@shopper.example", metadata={}, now=self.now
        )
        self.carts.append(cart.id)
        for index, quantity in goods:
            self.put_in(0, index, quantity)
        carts.update_cart(
            cart_id=cart.id,
            caller=guest(cart.id),
            changes={"shipping_address": ADDRESS, "shipping_method": flat_rate().pk},
            if_version=None,
            now=self.now,
        )

    @there_are["carts"]
    @rule(index=which, variant=some, quantity=pieces)
    def put_in(self, index: int, variant: int, quantity: int) -> None:
        """CART-001: into an open cart only."""
        cart = Cart.objects.get(pk=self.carts[-1 - index % len(self.carts)])
        try:
            carts.add_line(
                cart_id=cart.pk,
                caller=guest(cart.pk),
                variant_id=self.goods[variant].pk,
                quantity=quantity,
                if_version=None,
                now=self.now,
            )
            assert cart.completed_at is None
        except CartCompleted:
            assert cart.completed_at is not None

    @there_are["carts"]
    @rule(index=which)
    def complete(self, index: int) -> None:
        """ORDER-001, ORDER-006, STOCK-002: all lines or none, never refused while there is enough,
        and one order at most."""
        cart_id = self.carts[-1 - index % len(self.carts)]
        was_open = Cart.objects.filter(pk=cart_id, completed_at=None).exists()
        is_enough = self._is_enough_for(cart_id)
        self.keys += 1
        scope = self.keys.to_bytes(32, "big")
        keyed = Claim(scope=scope, key="k", method="POST", path="/", fingerprint=scope)
        try:
            done = checkout.complete_checkout(
                cart_id=cart_id,
                caller=guest(cart_id),
                expected_total=None,
                keyed=keyed,
                now=self.now,
            )
        except InsufficientStock:
            assert was_open
            assert not is_enough
            return
        assert isinstance(done, StoredAnswer) == was_open
        if was_open:
            assert is_enough
            self.placed.append(Order.objects.get(cart_id=cart_id))

    def _is_enough_for(self, cart_id: UUID) -> bool:
        lines = dict(Cart.objects.get(pk=cart_id).lines.values_list("variant_id", "quantity"))
        there = stock.available_quantities(variant_ids=lines)
        return all(there[variant] >= quantity for variant, quantity in lines.items())

    # Payments.

    @there_are["orders"]
    @rule(index=which, moods=moods)
    def start_payment(self, index: int, moods: list[str]) -> None:
        """PAY-001, PAY-003, PAY-004: again and again, whatever became of the last answer."""
        order = self.one(index)
        caller = OrderCaller(token=access_token("order", order.pk))
        self.attempt(checkout.start_payment, moods, order_id=order.pk, caller=caller)

    @there_are["payments"]
    @rule(index=which, goes_well=st.sampled_from([True, True, False]))
    def customer_pays(self, index: int, goes_well: bool) -> None:
        self.provider.customer_pays(self._payment(index), goes_well=goes_well)

    @there_are["orders"]
    @rule(index=which, moods=moods)
    def buy(self, index: int, moods: list[str]) -> None:
        """The usual way, so that walks get far."""
        self.start_payment(index, moods)
        for reference in self.provider.payments:
            self.provider.customer_pays(reference, goes_well=True)
        for number in range(len(self.provider.webhooks)):
            self.hear(number)
        self.work(100, [])

    @there_are["webhooks"]
    @rule(index=st.integers(0, 100))
    def hear(self, index: int) -> None:
        """PAY-007: a webhook arrives; now, late, twice, in any order."""
        body = self.provider.webhooks[-1 - index % len(self.provider.webhooks)]
        payments.receive_webhook(provider="stripe", body=body, headers={}, now=self.now)

    @rule(most=st.sampled_from([1, 2, 5, 100]), moods=moods)
    def work(self, most: int, moods: list[str]) -> None:
        """The worker makes some deliveries; what fails comes again later."""
        self.provider.moods.extend(moods)
        EventDelivery.objects.exclude(subscriber__regex=HEARD).delete()
        with transaction.atomic():
            due = claim_due(now=self.now + timedelta(hours=1), limit=most)
        for handed in (one for queue in due.values() for one in queue):
            deliver(handed)
        self.provider.moods.clear()

    @there_are["payments"]
    @rule(index=which, moods=moods)
    def ask_the_provider(self, index: int, moods: list[str]) -> None:
        """P7: what no webhook told is asked for."""
        intent = PaymentIntent.objects.order_by("id")[index % PaymentIntent.objects.count()]
        self.attempt(checkout.sync_payment, moods, payment_id=intent.pk)
        if intent.provider_reference:
            self.attempt(
                refunds.sync_refunds, moods, payment_id=intent.pk, order_id=intent.order_id
            )

    # Orders and parcels.

    @there_are["orders"]
    @rule(index=which)
    def cancel(self, index: int) -> None:
        self.attempt(orders.cancel_order, order_id=self.one(index).pk, reason="walk")

    @there_are["orders"]
    @rule(index=which, minutes=st.sampled_from([1, 30, 61]))
    def expire(self, index: int, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        order = self.one(index)
        is_due = order.status in ("pending", "awaiting_payment") and order.expires_at <= self.now
        assert orders.expire_order(order_id=order.pk, now=self.now) is is_due

    @there_are["orders"]
    @rule(index=which, minutes=st.sampled_from([1, 30, 61]), moods=moods)
    def expire_by_sweep(self, index: int, minutes: int, moods: list[str]) -> None:
        """PAY-008: the provider is asked first."""
        self.now += timedelta(minutes=minutes)
        order_id = self.one(index).pk
        self.attempt(checkout.expire_unpaid_order, moods, order_id=order_id)

    @there_are["orders"]
    @rule(index=which, step=st.sampled_from(["pack", "pack", "deliver", "fulfil"]))
    def take_further(self, index: int, step: str) -> None:
        self.attempt(getattr(orders, f"{step}_order"), order_id=self.one(index).pk)

    @there_are["orders"]
    @rule(index=which, quantity=pieces, is_all=st.booleans())
    def ship(self, index: int, quantity: int, is_all: bool) -> None:
        order = self.one(index)
        line = order.lines.all()[quantity % order.lines.count()]
        lines = None if is_all else [LineQuantity(line.pk, quantity)]
        self.attempt(orders.ship_order, order_id=order.pk, lines=lines)

    # Refunds.

    @there_are["orders"]
    @rule(
        index=which,
        picks=st.lists(st.tuples(some, pieces, st.sampled_from(Restock.values)), max_size=2),
        shipping=st.sampled_from([0, 0, 200, 500]),
        other=st.sampled_from([0, 0, 1, 400, 10_000]),
    )
    def ask_for_refund(
        self, index: int, picks: list[tuple[int, int, str]], shipping: int, other: int
    ) -> None:
        """REF-001…003: granted, or refused and nothing is written."""
        order = self.one(index)
        lines = list(order.lines.all())
        wanted = Wanted(
            lines=tuple(
                WantedLine(
                    order_line_id=lines[position % len(lines)].pk,
                    quantity=quantity,
                    restock=Restock(restock),
                )
                for position, quantity, restock in picks
            ),
            shipping_amount=shipping,
            other_amount=other,
        )
        with context.acting(as_actor=PEOPLE[0]):
            self.attempt(refunds.request_refund, order_id=order.pk, wanted=wanted)

    @there_are["refunds"]
    @rule(
        index=which,
        how=st.sampled_from(["approve", "approve", "reject", "cancel", "retry"]),
        who=st.sampled_from(PEOPLE),
    )
    def decide(self, index: int, how: str, who: str) -> None:
        """REF-005: who asked does not approve; a failed one is tried again."""
        more = {"why": "walk"} if how != "retry" else {}
        with context.acting(as_actor=who):
            self.attempt(
                getattr(refunds, f"{how}_refund"), refund_id=self._refund(index).pk, **more
            )

    @there_are["refunds"]
    @rule(index=which, restock=st.sampled_from(list(Restock)))
    def decide_goods(self, index: int, restock: Restock) -> None:
        """REF-004, STOCK-005: what became of the goods is said later, once."""
        refund = self._refund(index)
        choices = {line.order_line_id: restock for line in refund.lines.all()}
        with context.acting(as_actor=PEOPLE[1]):
            self.attempt(refunds.decide_goods, refund_id=refund.pk, choices=choices, why="walk")

    @there_are["refunds"]
    @rule(index=which, moods=moods)
    def send_refund(self, index: int, moods: list[str]) -> None:
        """PAY-004: by a second worker, too, or once more."""
        self.attempt(refunds.send_refund, moods, refund_id=self._refund(index).pk)

    @there_are["orders"]
    @rule(index=which)
    def cancel_paid(self, index: int) -> None:
        with context.acting(as_actor=PEOPLE[0]):
            self.attempt(refunds.cancel_paid_order, order_id=self.one(index).pk, note="walk")

    @there_are["payments"]
    @rule(index=which, amount=st.sampled_from([1, 500, 1333, 5000]), is_done=st.booleans())
    def refund_in_dashboard(self, index: int, amount: int, is_done: bool) -> None:
        """REF-006."""
        self.provider.refund_in_dashboard(self._payment(index), amount, is_done=is_done)

    @there_are["their refunds"]
    @rule(index=which, state=st.sampled_from(ProviderRefundState))
    def refund_ends(self, index: int, state: ProviderRefundState) -> None:
        """R4: a pending one ends, a succeeded one comes back."""
        known = list(self.provider.refunds)
        if state is not ProviderRefundState.PENDING:
            self.provider.end_refund(known[index % len(known)], state)

    # Stock.

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

    # What must hold.

    @invariant()
    def everything_agrees(self) -> None:
        must.assert_stock_agrees()
        must.assert_goods_agree()
        must.assert_orders_are_whole()
        must.assert_money_agrees(self.provider)
        must.assert_refunds_agree(self.provider)
        must.assert_refunded_goods_agree()
        must.assert_books_agree()

    def let_all_come_to_rest(self) -> None:
        """All webhooks and events arrive, and whoever was interrupted goes on.

        Then the product's own checks agree, INV 1 to 8.
        """
        for _ in range(4):
            for number in range(len(self.provider.webhooks)):
                self.hear(number)
            self.work(1000, [])
            payments.retry_provider_events(now=self.now + timedelta(days=1), most=1000)
            for refund in Refund.objects.filter(status__in=("approved", "processing")):
                if refund.source == "shop":
                    refunds.send_refund(refund_id=refund.pk, now=self.now)
            for intent in PaymentIntent.objects.all():
                checkout.sync_payment(payment_id=intent.pk, now=self.now)
        self.everything_agrees()
        must.assert_all_is_settled(self.provider)
        assert_invariants(now=self.now, severities=[Severity.BROKEN])

    def one(self, index: int) -> Order:
        """An order, as it is now."""
        order = self.placed[-1 - index % len(self.placed)]
        order.refresh_from_db()
        return order

    def _payment(self, index: int) -> str:
        known = list(self.provider.payments)
        return known[-1 - index % len(known)]

    def _refund(self, index: int) -> Refund:
        known = list(Refund.objects.order_by("-id"))
        return known[index % len(known)]

    def attempt(
        self, service: Callable[..., object], moods: list[str] | None = None, **arguments: object
    ) -> None:
        """It happens, or it is refused and then nothing has happened: the invariants tell."""
        self.provider.moods.extend(moods or [])
        try:
            service(now=self.now, **arguments)
        except DomainError as refused:
            event(refused.code)
        finally:
            self.provider.moods.clear()


def guest(cart_id: UUID) -> Caller:
    return Caller(token=access_token("cart", cart_id))


def test_whatever_happens_to_orders_everything_agrees(shop_a: TestShop) -> None:
    """INV 1, 2, 3, 5, 8 after each of some hundred random steps, and at rest."""
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        OrderMachine,
        settings=settings(
            max_examples=EXAMPLES or 12,
            stateful_step_count=STEPS,
            derandomize=not EXAMPLES,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            # A failing walk is told as it was; the long run makes it short.
            phases=tuple(Phase) if EXAMPLES else (Phase.generate,),
        ),
    )
