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
    """The provider's fact has been taken: what the order is charged is there."""

    name = "orders.order.paid"
    aggregate_field = "order_id"

    order_id: str
    number: str
    paid_at: str
    payment_id: str
    reduction_amount: int = 0


@dataclass(frozen=True, kw_only=True)
class OrderPacked(Event):
    """The goods of a paid order wait for their carrier."""

    name = "orders.order.packed"
    aggregate_field = "order_id"

    order_id: str
    number: str


@dataclass(frozen=True, kw_only=True)
class ShipmentSent(Event):
    """A parcel left, with some of an order's goods or all of them."""

    name = "orders.shipment.sent"
    aggregate_field = "shipment_id"

    shipment_id: str
    order_id: str
    number: str
    carrier: str
    tracking_number: str


@dataclass(frozen=True, kw_only=True)
class OrderShipped(Event):
    """All that was to be shipped of an order has left."""

    name = "orders.order.shipped"
    aggregate_field = "order_id"

    order_id: str
    number: str


@dataclass(frozen=True, kw_only=True)
class OrderDelivered(Event):
    """The goods arrived."""

    name = "orders.order.delivered"
    aggregate_field = "order_id"

    order_id: str
    number: str


@dataclass(frozen=True, kw_only=True)
class OrderFulfilled(Event):
    """The goods were collected, or were digital: the order is done."""

    name = "orders.order.fulfilled"
    aggregate_field = "order_id"

    order_id: str
    number: str


@dataclass(frozen=True, kw_only=True)
class OrderCancelled(Event):
    """An order was called off; its stock is free again."""

    name = "orders.order.cancelled"
    aggregate_field = "order_id"

    order_id: str
    number: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderExpired(Event):
    """An order was not paid in time; its stock is free again."""

    name = "orders.order.expired"
    aggregate_field = "order_id"

    order_id: str
    number: str
