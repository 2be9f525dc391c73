"""What happens to orders."""

from dataclasses import dataclass

from apps.shared.events import Event


@dataclass(frozen=True, kw_only=True)
class OrderPlaced(Event):
    """A cart became an order; its stock is held and its totals are locked."""

    name = "orders.order.placed"
    aggregate_field = "order_id"

    order_id: str
    number: str
    total_amount: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class OrderPaid(Event):
    """The provider's fact has been taken: the order's total is there."""

    name = "orders.order.paid"
    aggregate_field = "order_id"

    order_id: str
    number: str
    paid_at: str
    payment_id: str
