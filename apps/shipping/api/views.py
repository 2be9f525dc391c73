"""Shipping methods, for the shopper to choose from."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.shared.api.openapi import list_of, operation
from apps.shared.api.pagination import InvalidParameter, refuse_unknown_parameters
from apps.shared.api.views import ApiView
from apps.shared.money import Money
from apps.shipping import selectors
from apps.shipping.representation import ShippingMethodAnswer, shipping_method_json


class ShippingMethods(ApiView):
    @operation(
        "list_shipping_methods",
        "Shipping methods to choose from",
        tag="Carts",
        answers={200: list_of(ShippingMethodAnswer)},
        refusals=[InvalidParameter],
    )
    def get(self, request: Request) -> Response:
        """All of them: a shop has few."""
        refuse_unknown_parameters(request, set())
        data = [
            shipping_method_json(
                method_id=method.pk,
                code=method.code,
                name=method.name,
                price=Money(method.amount, method.currency),
            )
            for method in selectors.active_methods()
        ]
        return Response({"object": "list", "data": data, "has_more": False, "next_cursor": None})
