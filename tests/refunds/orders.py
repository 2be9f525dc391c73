"""Paid orders, a provider that does as told, and what must be true of refunds in the end."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from apps.catalog.models import Variant
from apps.checkout import services as checkout
from apps.finance.models import CreditNote, FinancialTransaction
from apps.inventory.models import StockItem, StockMovement
from apps.orders.models import Order
from apps.payments import selectors as payments
from apps.payments import services as payment_services
from apps.payments.gateways.base import (
    IntentRequest,
    ProviderIntent,
    ProviderRefund,
    ProviderRefundState,
    ProviderState,
    RefundRequest,
)
from apps.payments.models import PaymentIntent
from apps.refunds import services
from apps.refunds.dto import ReportedRefund, Wanted
from apps.refunds.models import Refund
from apps.shared import clock, context
from apps.shared.db import owns_transaction
from apps.shared.outbox.claim import claim_due
from apps.shared.outbox.deliver import deliver
from apps.shared.outbox.models import DomainEvent, EventDelivery
from tests.support.client import ShopClient
from tests.support.shopping import new_cart
from tests.support.shops import TestShop

NOW = clock.now()
ASKER, BOSS = "staff:asker@shop.example", "staff:boss@shop.example"


class FakeStripe:
    """Gives money back once per key, and lists what it gave; fails as told."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.refunds: dict[str, ProviderRefund] = {}
        self.state = ProviderRefundState.SUCCEEDED
        self.before: list[Exception] = []
        self.after: list[Exception] = []
        self.held: dict[str, ProviderIntent] = {}

    def create_intent(self, request: IntentRequest, *, key: str) -> ProviderIntent:
        return ProviderIntent(
            reference=f"pi_{key}",
            state=ProviderState.OPEN,
            amount_received=0,
            currency=request.currency,
            client={"client_secret": "secret"},
        )

    def hold(self, reference: str, amount: int, currency: str = "USD") -> None:
        """From now on it has this much of a payment."""
        self.held[reference] = ProviderIntent(
            reference=reference,
            state=ProviderState.SUCCEEDED,
            amount_received=amount,
            currency=currency,
        )

    def fetch_intent(self, reference: str) -> ProviderIntent:
        return self.held[reference]

    def create_refund(self, request: RefundRequest, *, key: str) -> ProviderRefund:
        self.asked.append(key)
        if self.before:
            raise self.before.pop(0)
        made = self.refunds.setdefault(
            key,
            ProviderRefund(
                reference=f"re_{key}",
                payment_reference=request.payment_reference,
                state=self.state,
                amount=request.amount,
                currency=request.currency,
                metadata=request.metadata,
            ),
        )
        if self.after:
            raise self.after.pop(0)
        return made

    def refunds_of_payment(self, payment_reference: str) -> list[ProviderRefund]:
        return [
            one
            for one in self.refunds.values()
            if one.payment_reference in (payment_reference, "pi")
        ]


def paid_order(shop: TestShop, *goods: tuple[Variant, int]) -> Order:
    """An order that was placed by the API, whose payment succeeded and was settled."""
    answer = new_cart(ShopClient(shop.domain), *goods).complete()
    assert answer.status_code == 201, answer.content
    order = Order.objects.get(number=answer.json()["number"])
    _pay(order)
    order.refresh_from_db()
    return order


@owns_transaction
def _pay(order: Order) -> None:
    intent = payments.intent_for_update(intent_id=intent_of(order).pk)
    fact = ProviderIntent(
        reference=f"pi_{intent.pk.hex}",
        state=ProviderState.SUCCEEDED,
        amount_received=intent.amount,
        currency=intent.currency,
    )
    payment_services.apply_provider_intent(intent=intent, fact=fact, now=NOW)
    checkout.settle_payment(
        order_id=order.pk,
        payment_id=intent.pk,
        amount=intent.amount,
        currency=intent.currency,
        now=NOW,
    )


def intent_of(order: Order) -> PaymentIntent:
    return PaymentIntent.objects.get(order_id=order.pk)


def ask(order: Order, *, by: str = ASKER, **wanted: Any) -> Refund:
    """Request a refund as somebody of the staff."""
    with context.acting(as_actor=by):
        return services.request_refund(order_id=order.pk, wanted=Wanted(**wanted), now=NOW)


def send(refund: Refund) -> str:
    """What the worker does with an approved one."""
    return services.send_refund(refund_id=refund.pk, now=NOW)


def refunded(order: Order, **wanted: Any) -> Refund:
    """Ask and send; returns the refund as it is then."""
    refund = ask(order, **wanted)
    send(refund)
    refund.refresh_from_db()
    return refund


def reported(order: Order, state: str, amount: int, **more: Any) -> ReportedRefund:
    """What a webhook says."""
    usual: dict[str, Any] = {
        "payment_id": intent_of(order).pk,
        "order_id": order.pk,
        "provider_reference": "re_dashboard",
        "state": state,
        "amount": amount,
        "currency": order.currency,
    }
    return ReportedRefund(**{**usual, **more})


def tell(order: Order, state: str, amount: int, **more: Any) -> str:
    return services.apply_reported_refund(reported=reported(order, state, amount, **more), now=NOW)


def statuses(order: Order) -> tuple[str, str]:
    order.refresh_from_db()
    return order.status, order.payment_status


def books(order: Order) -> list[tuple[str, int]]:
    """The order's transactions: kind and amount."""
    found = FinancialTransaction.objects.filter(financial_order__order_id=order.pk)
    return list(found.order_by("id").values_list("kind", "amount"))


def credit_notes(order: Order) -> list[tuple[str, int]]:
    found = CreditNote.objects.filter(order_id=order.pk)
    return list(found.order_by("id").values_list("number", "total_amount"))


def stock(variant: Variant) -> tuple[int, int]:
    """On hand and reserved."""
    item = StockItem.objects.get(variant_id=variant.pk)
    return item.on_hand, item.reserved


def stock_moves(refund: Refund) -> int:
    return StockMovement.objects.filter(
        reference_type="refund", reference_id=refund.public_id
    ).count()


def events(prefix: str = "refunds.") -> list[str]:
    found = DomainEvent.objects.filter(name__startswith=prefix).order_by("occurred_at", "id")
    return list(found.values_list("name", flat=True))


def steps(refund: Refund) -> list[tuple[str, str]]:
    """REF-008: the rows of its history."""
    return list(refund.events.values_list("step", "actor"))


def work_off(only: Iterable[str] = ("apps.refunds", "apps.finance")) -> None:
    """Make all deliveries of these apps, as relay and worker do, until there are no more."""
    mine = tuple(only)
    for _ in range(20):
        EventDelivery.objects.exclude(subscriber__regex="^(" + "|".join(mine) + ")").delete()
        if not (handed := _claimed()):
            return
        for one in handed:
            deliver(one)
    raise AssertionError("events beget events without end")


@owns_transaction
def _claimed() -> list[Any]:
    by_queue = claim_due(now=clock.now() + timedelta(hours=1), limit=100)
    return [one for handed in by_queue.values() for one in handed]


def line_id(order: Order, position: int = 1) -> UUID:
    return order.lines.get(position=position).pk
