"""A shop in which everything has happened, and ways to spoil its data behind the product's back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from django.db import connection

from apps.catalog.models import Variant
from apps.checkout import services as checkout
from apps.finance import services as finance
from apps.inventory.dto import LineQuantity
from apps.notifications import services as notifications
from apps.orders import services as orders
from apps.orders.models import Order
from apps.payments import selectors as payment_selectors
from apps.payments import services as payments
from apps.payments.gateways import registry
from apps.payments.gateways.base import (
    DisputeState,
    ProviderDispute,
    ProviderIntent,
    ProviderState,
)
from apps.refunds import services as refunds
from apps.refunds.dto import WantedLine
from apps.refunds.models import Refund
from apps.refunds.states import RefundReason, Restock
from apps.shared import clock, context
from apps.shared.db import owns_transaction
from tests.orders.placing import intent_of, settle, tell
from tests.refunds.orders import ASKER, BOSS, FakeStripe, line_id, paid_order, refunded
from tests.support.client import ShopClient
from tests.support.goods import make_variant
from tests.support.providers import played_by
from tests.support.shopping import connect_payments, new_cart
from tests.support.shops import TestShop, use_shop


@dataclass(frozen=True)
class BusyShop:
    """Orders by what became of them; `now` is when all of it had happened."""

    shop: TestShop
    now: datetime
    unpaid: Order
    cancelled: Order
    paid: Order
    sold: Order
    given_back: Order
    in_part: Order
    disputed: Order
    refund: Refund

    def ago(self, minutes: float) -> datetime:
        return self.now - timedelta(minutes=minutes)


def make_busy(shop: TestShop) -> BusyShop:
    """Let everything happen in an empty shop."""
    with use_shop(shop), _fake_stripe():
        connect_payments()
        shirt, mug = make_variant(price=1000, stock=40), make_variant(price=250, stock=40)
        client = ShopClient(shop.domain)
        # Left behind, as most carts are.
        new_cart(client, (shirt, 1), (mug, 2))
        unpaid, cancelled = (
            Order.objects.get(number=_number(client, shirt, mug)) for _ in range(2)
        )
        orders.cancel_order(order_id=cancelled.pk, reason="changed my mind", now=clock.now())
        paid = paid_order(shop, (mug, 3))
        sold, refund = _sold(paid_order(shop, (shirt, 3), (mug, 1)))
        given_back = paid_order(shop, (mug, 2))
        _give_back(given_back)
        in_part = _in_part(Order.objects.get(number=_number(client, shirt)))
        disputed = _lost(paid_order(shop, (mug, 2)))
        _pay_too_late(Order.objects.get(number=_number(client, shirt)))
        found = (
            Order.objects.get(pk=one.pk)
            for one in (unpaid, cancelled, paid, sold, given_back, in_part, disputed)
        )
        return BusyShop(shop, clock.now(), *found, refund=refund)


def _sold(order: Order) -> tuple[Order, Refund]:
    """Invoiced, told, sent in two parcels, delivered; one piece came back for its money."""
    finance.issue_invoice(order_id=order.pk, now=clock.now())
    notifications.queue_order_confirmation(order_id=order.pk, now=clock.now())
    orders.pack_order(order_id=order.pk, now=clock.now())
    first = [LineQuantity(line_id(order), 2)]
    orders.ship_order(order_id=order.pk, lines=first, now=clock.now())
    orders.ship_order(order_id=order.pk, lines=None, now=clock.now())
    orders.deliver_order(order_id=order.pk, now=clock.now())
    back = WantedLine(order_line_id=line_id(order), quantity=1, restock=Restock.RETURNED)
    reason = RefundReason.REQUESTED_BY_CUSTOMER
    return order, refunded(order, lines=(back,), reason=reason)


@owns_transaction
def _lost(order: Order) -> Order:
    """Its payer went to their bank, which took 3.00 of it back."""
    intent = payment_selectors.intent_for_update(intent_id=intent_of(order).pk)
    fact = ProviderDispute(
        reference="du_lost",
        payment_reference=intent.provider_reference or "",
        state=DisputeState.LOST,
        amount=300,
        currency=intent.currency,
        reason="fraudulent",
        at=clock.now() - timedelta(hours=1),
    )
    payments.apply_provider_dispute(intent=intent, fact=fact, now=clock.now())
    refunds.book_disputes(order_id=order.pk, now=clock.now())
    return order


@owns_transaction
def _in_part(order: Order) -> Order:
    """1.00 less was captured, by hand, than its shopper had agreed to."""
    intent = payment_selectors.intent_for_update(intent_id=intent_of(order).pk)
    intent.is_captured_by_hand, intent.amount_capturable = True, intent.amount
    intent.save()
    capture = intent.captures.create(
        amount=intent.amount - 100,
        currency=intent.currency,
        requested_by=ASKER,
        requested_at=clock.now(),
    )
    fact = ProviderIntent(
        reference=f"pi_{intent.pk.hex}",
        state=ProviderState.SUCCEEDED,
        amount_received=capture.amount,
        currency=intent.currency,
    )
    payments.apply_provider_intent(intent=intent, fact=fact, now=clock.now())
    checkout.settle_payment(
        order_id=order.pk,
        payment_id=intent.pk,
        amount=capture.amount,
        currency=intent.currency,
        released_amount=100,
        now=clock.now(),
    )
    return order


def _give_back(order: Order) -> None:
    """Paid, invoiced, and called off: all of it is refunded, and its stock is free."""
    finance.issue_invoice(order_id=order.pk, now=clock.now())
    with context.acting(as_actor=ASKER):
        refund = refunds.cancel_paid_order(order_id=order.pk, note="", now=clock.now())
    with context.acting(as_actor=BOSS):
        refunds.send_refund(refund_id=refund.pk, now=clock.now())


def _number(client: ShopClient, *goods: Variant) -> str:
    return str(new_cart(client, *((one, 2) for one in goods)).complete().json()["number"])


def _pay_too_late(order: Order) -> None:
    """Called off while its shopper paid: the money is given back, the order stays as it is."""
    orders.cancel_order(order_id=order.pk, reason="late", now=clock.now())
    tell(order, now=clock.now())
    settle(order, now=clock.now())
    intent = intent_of(order)
    refund = refunds.open_orphan_refund(
        payment_id=intent.pk, amount=intent.amount, currency=intent.currency, now=clock.now()
    )
    assert refund is not None
    assert refunds.send_refund(refund_id=refund.pk, now=clock.now()) == "succeeded"


@contextmanager
def _fake_stripe() -> Iterator[None]:
    with mock.patch.dict(registry._PROVIDERS, stripe=played_by(FakeStripe())):
        yield


def run(statement: str, *parameters: Any) -> Any:
    """Any SQL in the shop's schema, with no trigger in the way; the first value it returns."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, parameters)
        row = cursor.fetchone() if cursor.description else None
        cursor.execute("SET LOCAL session_replication_role = origin")
    return row[0] if row else None


def loosen(table: str) -> None:
    """Take a table's check and unique constraints away, until the test's transaction ends."""
    run("SET CONSTRAINTS ALL IMMEDIATE")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass"
            " AND contype IN ('c', 'u')",
            [table],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute(
            "SELECT indexrelid::regclass::text FROM pg_index"
            " WHERE indrelid = %s::regclass AND indisunique AND NOT indisprimary",
            [table],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {name}")
