"""Everything that can happen to an order."""

from apps.orders.services._await_payment import await_payment
from apps.orders.services._mark_order_paid import mark_order_paid
from apps.orders.services._place_order import place_order

__all__ = ["await_payment", "mark_order_paid", "place_order"]
