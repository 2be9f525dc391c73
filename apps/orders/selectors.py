"""Reading orders."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q, Value
from django.db.models.functions import Least, Now

from apps.orders.dto import OrderCaller
from apps.orders.errors import OrderNotFound
from apps.orders.models import Order, OrderLine
from apps.orders.states import UNPAID, PaymentStatus
from apps.shared.api.tokens import token_opens
from apps.shared.fast_rows import Lookup

_ORDER = Lookup(Order, "id = %s")
_LOCKED_ORDER = Lookup(Order, "id = %s FOR UPDATE")


def order_for_update(*, order_id: UUID) -> Order:
    """The order, locked. Raises OrderNotFound."""
    order = _LOCKED_ORDER.first(order_id)
    if order is None:
        raise OrderNotFound
    return order


def orders_past_their_time(*, now: datetime, limit: int) -> list[UUID]:
    """Unpaid orders that expired, the oldest first. One statement over a partial index.

    The database's clock has a say too: a worker whose clock is fast expires nothing early.
    """
    unpaid = Order.objects.filter(status__in=UNPAID, expires_at__lte=Least(Value(now), Now()))
    return list(unpaid.order_by("expires_at").values_list("pk", flat=True)[:limit])


def orders_about_to_expire(
    *, now: datetime, within: timedelta, expiry: timedelta, limit: int
) -> list[UUID]:
    """Unpaid orders that expire `within` this time, the next first. One statement over a partial
    index.

    Without those that were given more time than the `expiry` that an order begins with: their
    payment is on its way.
    """
    rows = Order.objects.filter(
        status__in=UNPAID,
        expires_at__gt=now,
        expires_at__lte=Least(Value(now + within), F("placed_at") + Value(expiry)),
    )
    return list(rows.order_by("expires_at").values_list("pk", flat=True)[:limit])


def order_of_cart(*, cart_id: UUID) -> Order | None:
    """The order that a cart became (ORDER-006), with its lines."""
    return Order.objects.prefetch_related("lines").filter(cart_id=cart_id).first()


def order_by_id(*, order_id: UUID) -> Order:
    """An order with its lines, for code that has the right to it. Raises OrderNotFound."""
    found = Order.objects.prefetch_related("lines").filter(pk=order_id).first()
    if found is None:
        raise OrderNotFound
    return found


def order_to_pay(*, order_id: UUID, caller: OrderCaller) -> Order:
    """An order without its lines, if the caller may see it. Raises OrderNotFound."""
    return _opened(_ORDER.first(order_id), caller)


def order_of_caller(*, order_id: UUID, caller: OrderCaller) -> Order:
    """An order with its lines, if the caller may see it. Raises OrderNotFound."""
    return _opened(Order.objects.prefetch_related("lines").filter(pk=order_id).first(), caller)


def _opened(order: Order | None, caller: OrderCaller) -> Order:
    if order is None:
        raise OrderNotFound
    if not may_open(order_id=order.pk, customer_id=order.customer_id, caller=caller):
        raise OrderNotFound
    return order


def may_open(*, order_id: UUID, customer_id: UUID | None, caller: OrderCaller) -> bool:
    """The bearer of the order's token may see it, and the customer whose order it is."""
    if caller.customer_id is not None and customer_id == caller.customer_id:
        return True
    return token_opens("order", order_id, caller.token)


def orders_of_customer(*, customer_id: UUID, before: UUID | None, limit: int) -> list[Order]:
    """A customer's orders, newest first, at most `limit` older than `before`. Two statements."""
    orders = Order.objects.filter(customer_id=customer_id).prefetch_related("lines")
    if before is not None:
        orders = orders.filter(pk__lt=before)
    return list(orders.order_by("-id")[:limit])


def line_titles(*, order_id: UUID) -> dict[UUID, str]:
    """What the order's lines are called. One statement."""
    rows = OrderLine.objects.filter(order_id=order_id).order_by("position")
    return {key: f"{title} · {sku}" for key, title, sku in rows.values_list("pk", "title", "sku")}


def payment_states(*, order_ids: Collection[UUID]) -> dict[UUID, tuple[str, int]]:
    """Payment status of these orders, and what was charged for them; also of all that say that
    money was given back."""
    says_so = Q(payment_status__in=(PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED))
    rows = Order.objects.filter(says_so | Q(pk__in=order_ids))
    return {
        key: (status, total)
        for key, status, total in rows.values_list(
            "pk", "payment_status", F("total_amount") - F("reduction_amount")
        )
    }
