"""Orders, for those who placed them: guests by `Order-Token`, customers by who they are."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from apps.orders import selectors
from apps.orders.dto import OrderCaller
from apps.orders.representation import order_json
from apps.shared.api.pagination import (
    list_response,
    read_cursor,
    read_limit,
    refuse_unknown_parameters,
)
from apps.shared.api.views import ApiView
from apps.shared.errors import Unauthenticated


class AuthenticationRequired(Unauthenticated):
    """Sign in as a customer first."""

    code = "authentication_required"


def order_caller_of(request: Request) -> OrderCaller:
    """Who asks, as far as orders are concerned."""
    return OrderCaller(
        token=request.headers.get("Order-Token", ""),
        customer_id=getattr(request.user, "customer_id", None),
    )


class Orders(ApiView):
    def get(self, request: Request) -> Response:
        refuse_unknown_parameters(request, {"limit", "cursor"})
        customer_id = order_caller_of(request).customer_id
        if customer_id is None:
            raise AuthenticationRequired
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
    def get(self, request: Request, order_id: UUID) -> Response:
        order = selectors.order_of_caller(order_id=order_id, caller=order_caller_of(request))
        return Response(order_json(order))
