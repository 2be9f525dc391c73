"""The two machines of an order and the one public status that they make (02-domain, Order)."""

from django.db import models

from apps.shared.states import StateMachine


class PaymentStatus(models.TextChoices):
    UNPAID = "unpaid"
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    FAILED = "failed"


class FulfillmentStatus(models.TextChoices):
    UNFULFILLED = "unfulfilled"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    FULFILLED = "fulfilled"


class Closed(models.TextChoices):
    OPEN = ""
    CANCELLED = "cancelled"
    FAILED = "failed"


class OrderStatus(models.TextChoices):
    PENDING = "pending"
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    FULFILLED = "fulfilled"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    FAILED = "failed"


PAYMENT = StateMachine(
    name="order.payment",
    initial=PaymentStatus.UNPAID,
    transitions={
        PaymentStatus.UNPAID: frozenset(
            {PaymentStatus.AWAITING_PAYMENT, PaymentStatus.PAID, PaymentStatus.FAILED}
        ),
        PaymentStatus.AWAITING_PAYMENT: frozenset({PaymentStatus.PAID, PaymentStatus.FAILED}),
        PaymentStatus.PAID: frozenset({PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED}),
        PaymentStatus.PARTIALLY_REFUNDED: frozenset({PaymentStatus.REFUNDED}),
        PaymentStatus.REFUNDED: frozenset(),
        PaymentStatus.FAILED: frozenset(),
    },
)

FULFILLMENT = StateMachine(
    name="order.fulfillment",
    initial=FulfillmentStatus.UNFULFILLED,
    transitions={
        FulfillmentStatus.UNFULFILLED: frozenset(
            {FulfillmentStatus.PACKED, FulfillmentStatus.FULFILLED}
        ),
        FulfillmentStatus.PACKED: frozenset({FulfillmentStatus.SHIPPED}),
        FulfillmentStatus.SHIPPED: frozenset(
            {FulfillmentStatus.DELIVERED, FulfillmentStatus.FULFILLED}
        ),
        FulfillmentStatus.DELIVERED: frozenset(),
        FulfillmentStatus.FULFILLED: frozenset(),
    },
)

_ORDER_STEPS: dict[str, frozenset[str]] = {
    OrderStatus.PENDING: frozenset(
        {
            OrderStatus.AWAITING_PAYMENT,
            OrderStatus.PAID,
            OrderStatus.FAILED,
            OrderStatus.CANCELLED,
        }
    ),
    OrderStatus.AWAITING_PAYMENT: frozenset(
        {OrderStatus.PAID, OrderStatus.FAILED, OrderStatus.CANCELLED}
    ),
    OrderStatus.PAID: frozenset(
        {
            OrderStatus.PACKED,
            OrderStatus.FULFILLED,
            OrderStatus.CANCELLED,
            OrderStatus.PARTIALLY_REFUNDED,
            OrderStatus.REFUNDED,
        }
    ),
    OrderStatus.PACKED: frozenset(
        {
            OrderStatus.SHIPPED,
            OrderStatus.CANCELLED,
            OrderStatus.PARTIALLY_REFUNDED,
            OrderStatus.REFUNDED,
        }
    ),
    OrderStatus.SHIPPED: frozenset(
        {
            OrderStatus.DELIVERED,
            OrderStatus.FULFILLED,
            OrderStatus.PARTIALLY_REFUNDED,
            OrderStatus.REFUNDED,
        }
    ),
    OrderStatus.DELIVERED: frozenset({OrderStatus.PARTIALLY_REFUNDED, OrderStatus.REFUNDED}),
    OrderStatus.FULFILLED: frozenset({OrderStatus.PARTIALLY_REFUNDED, OrderStatus.REFUNDED}),
    OrderStatus.PARTIALLY_REFUNDED: frozenset({OrderStatus.REFUNDED}),
    OrderStatus.REFUNDED: frozenset(),
    OrderStatus.CANCELLED: frozenset(),
    OrderStatus.FAILED: frozenset(),
}
ORDER = StateMachine(name="order", initial=OrderStatus.PENDING, transitions=_ORDER_STEPS)


# Nothing was paid yet: such an order is cancelled without a refund, and expires.
UNPAID = frozenset({OrderStatus.PENDING, OrderStatus.AWAITING_PAYMENT})


def derived_status(payment_status: str, fulfillment_status: str, closed: str) -> OrderStatus:
    """The public status, a pure function of the stored ones.

    Being closed outranks refunds, refunds outrank fulfilment, fulfilment outranks payment.
    """
    if closed:
        return OrderStatus(closed)
    if payment_status in (PaymentStatus.REFUNDED, PaymentStatus.PARTIALLY_REFUNDED):
        return OrderStatus(payment_status)
    if fulfillment_status != FulfillmentStatus.UNFULFILLED:
        return OrderStatus(fulfillment_status)
    if payment_status == PaymentStatus.UNPAID:
        return OrderStatus.PENDING
    return OrderStatus(payment_status)
