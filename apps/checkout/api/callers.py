"""Who asks."""

from rest_framework.request import Request

from apps.customers.authentication import customer_of
from apps.orders.dto import OrderCaller


def order_caller(request: Request) -> OrderCaller:
    """By the order's token, or as the customer whose order it may be."""
    return OrderCaller(
        token=request.headers.get("Order-Token", ""),
        customer_id=customer_of(request).customer_id,
    )
