"""Everything that can happen to an order."""

from apps.orders.services._await_payment import await_payment
from apps.orders.services._cancel_order import cancel_order
from apps.orders.services._deliver_order import deliver_order
from apps.orders.services._expire_order import expire_order
from apps.orders.services._extend_expiry import extend_expiry
from apps.orders.services._finish_shipping import finish_shipping
from apps.orders.services._fulfil_order import fulfil_order
from apps.orders.services._mark_order_paid import mark_order_paid
from apps.orders.services._mark_order_refunded import mark_order_refunded
from apps.orders.services._pack_order import pack_order
from apps.orders.services._place_order import place_order
from apps.orders.services._postpone_expiry import postpone_expiry
from apps.orders.services._ship_order import ship_order
from apps.orders.services._shorten_expiry import shorten_expiry

__all__ = [
    "await_payment",
    "cancel_order",
    "deliver_order",
    "expire_order",
    "extend_expiry",
    "finish_shipping",
    "fulfil_order",
    "mark_order_paid",
    "mark_order_refunded",
    "pack_order",
    "place_order",
    "postpone_expiry",
    "ship_order",
    "shorten_expiry",
]
