"""The shop's own people: pack, refund and cancel paid orders, through the services."""

import random
import threading
from datetime import datetime

import psycopg
from django.db import Error, connection

from apps.orders import services as orders
from apps.orders.models import Order
from apps.orders.states import PaymentStatus
from apps.payments.models import PaymentIntent
from apps.refunds import services as refunds
from apps.refunds.dto import Wanted, WantedLine
from apps.refunds.states import RefundStatus, Restock
from apps.shared import clock, context
from apps.shared.errors import DomainError
from tests.faults.load import Goods
from tests.support.shops import use_shop

_PAUSE_SECONDS = (0.05, 0.3)
_JOIN_SECONDS = 60.0
_PAID = (PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED)
_UNAVAILABLE = (Error, psycopg.Error)


class Operator:
    """One person at work until `leave`. A refusal or a lost database is no news to him."""

    def __init__(self, shops: list[Goods], seed: str) -> None:
        self._shops, self._rng = shops, random.Random(f"{seed}/operator")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="operator", daemon=True)
        self.done: dict[str, int] = {}

    def come(self) -> None:
        self._thread.start()

    def leave(self) -> None:
        self._over.set()
        self._thread.join(_JOIN_SECONDS)
        if self._thread.is_alive():
            raise TimeoutError("the operator still waits for the database")

    def _run(self) -> None:
        while not self._over.wait(self._rng.uniform(*_PAUSE_SECONDS)):
            goods = self._rng.choice(self._shops)
            try:
                with use_shop(goods.shop), context.acting(as_actor="staff:ann"):
                    self._act(clock.now())
            except DomainError as refusal:
                self._count(type(refusal).__name__)
            except _UNAVAILABLE as error:
                self._count(type(error).__name__)
            finally:
                connection.close()

    def _act(self, now: datetime) -> None:
        paid = list(Order.objects.filter(payment_status__in=_PAID, closed="").order_by("pk"))
        if not paid:
            return
        order = self._rng.choice(paid)
        what = self._rng.choices(("pack", "refund", "cancel"), (30, 50, 20))[0]
        if what == "pack":
            orders.pack_order(order_id=order.pk, now=now)
        elif what == "refund":
            self._refund(order, now)
        else:
            refunds.cancel_paid_order(order_id=order.pk, note="harness", now=now)
        self._count(what)

    def _refund(self, order: Order, now: datetime) -> None:
        line = self._rng.choice(list(order.lines.order_by("pk")))
        restock = self._rng.choice((Restock.NONE, Restock.RESERVED))
        wanted = Wanted(lines=(WantedLine(order_line_id=line.pk, quantity=1, restock=restock),))
        refund = refunds.request_refund(order_id=order.pk, wanted=wanted, now=now)
        if refund.status == RefundStatus.REQUESTED:
            with context.acting(as_actor="staff:bob"):
                refunds.approve_refund(refund_id=refund.pk, now=now)

    def _count(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1


def dashboard_refund(goods: Goods, rng: random.Random) -> bool:
    """Somebody gives money back at the provider's own dashboard (R4)."""
    with use_shop(goods.shop):
        taken = PaymentIntent.objects.filter(status="succeeded").order_by("pk")
        references = [one.provider_reference or "" for one in taken]
    if not references:
        return False
    try:
        goods.shop.platform.simulator.dashboard_refund(
            goods.shop.account, rng.choice(references), 1
        )
    except ValueError:
        return False  # all of it was given back already
    return True
