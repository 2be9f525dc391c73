"""Orders, for those who placed them: guests by `Order-Token`, customers by who they are."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from apps.customers.authentication import (
    CustomerAuthentication,
    IsCustomer,
    customer_of,
    signed_in_customer,
)
from apps.orders import selectors, services
from apps.orders.dto import OrderCaller
from apps.orders.errors import OrderNotFound
from apps.orders.representation import MomentAnswer, OrderAnswer, moment_json, order_json
from apps.orders.timeline import timeline_of
from apps.shared import clock
from apps.shared.api.fields import NoInput
from apps.shared.api.openapi import CURSOR, LIMIT, ORDER_TOKEN, list_of, operation
from apps.shared.api.pagination import (
    InvalidCursor,
    InvalidParameter,
    list_response,
    read_cursor,
    read_limit,
    refuse_unknown_parameters,
)
from apps.shared.api.views import ApiView
from apps.shared.states import InvalidTransition

_TAG = "Orders"


def order_caller_of(request: Request) -> OrderCaller:
    """Who asks, as far as orders are concerned."""
    return OrderCaller(
        token=request.headers.get("Order-Token", ""),
        customer_id=customer_of(request).customer_id,
    )


class Orders(ApiView):
    authentication_classes = [CustomerAuthentication]
    permission_classes = [IsCustomer]

    @operation(
        "list_orders",
        "The signed-in customer's orders",
        tag=_TAG,
        query=[LIMIT, CURSOR],
        answers={200: list_of(OrderAnswer)},
        refusals=[InvalidCursor],
    )
    def get(self, request: Request) -> Response:
        """Newest first."""
        refuse_unknown_parameters(request, {"limit", "cursor"})
        customer_id = signed_in_customer(request)
        limit, kind = read_limit(request), f"orders.{customer_id.hex}"
        position = read_cursor(request, kind)
        rows = selectors.orders_of_customer(
            customer_id=customer_id,
            before=UUID(position[0]) if position else None,
            limit=limit + 1,
        )
        return list_response(
            request,
            rows=rows,
            limit=limit,
            kind=kind,
            position=lambda order: [order.pk.hex],
            render=order_json,
        )


class OrderItself(ApiView):
    authentication_classes = [CustomerAuthentication]

    @operation(
        "get_order",
        "An order",
        tag=_TAG,
        answers={200: OrderAnswer},
        headers=[ORDER_TOKEN],
        refusals=[OrderNotFound],
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        order = selectors.order_of_caller(order_id=order_id, caller=order_caller_of(request))
        return Response(order_json(order))


class Timeline(ApiView):
    authentication_classes = [CustomerAuthentication]

    @operation(
        "list_order_timeline",
        "What happened to an order",
        tag=_TAG,
        answers={200: list_of(MomentAnswer)},
        headers=[ORDER_TOKEN],
        refusals=[OrderNotFound, InvalidParameter],
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        """Oldest first and whole: placed, paid, packed, each parcel with its tracking number,
        refunds with their amounts, and how it ended."""
        refuse_unknown_parameters(request, set())
        order = selectors.order_of_caller(order_id=order_id, caller=order_caller_of(request))
        moments = timeline_of(order_id=order_id)
        data = [moment_json(moment, order.currency) for moment in moments]
        return Response({"object": "list", "data": data, "has_more": False, "next_cursor": None})


class OrderCancellation(ApiView):
    authentication_classes = [CustomerAuthentication]

    @operation(
        "cancel_order",
        "Cancel an order that is not paid",
        tag=_TAG,
        request=NoInput,
        answers={200: OrderAnswer},
        headers=[ORDER_TOKEN],
        refusals=[OrderNotFound, InvalidTransition],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        """Its goods are free for others at once, and its payment is given up. A paid order is
        cancelled by the shop, which gives the money back."""
        NoInput.valid(request.data)
        selectors.order_of_caller(order_id=order_id, caller=order_caller_of(request))
        services.cancel_order(order_id=order_id, reason="cancelled by the shopper", now=clock.now())
        return Response(order_json(selectors.order_by_id(order_id=order_id)))
