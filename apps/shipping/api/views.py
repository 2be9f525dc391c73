"""Shipping methods, for the shopper to choose from."""

from rest_framework.request import Request
from rest_framework.response import Response

from apps.shared.api.pagination import refuse_unknown_parameters
from apps.shared.api.views import ApiView
from apps.shared.money import Money
from apps.shipping import selectors


class ShippingMethods(ApiView):
    def get(self, request: Request) -> Response:
        refuse_unknown_parameters(request, set())
        data = [
            {
                "object": "shipping_method",
                "id": method.public_id,
                "code": method.code,
                "name": method.name,
                "price": Money(method.amount, method.currency).as_json(),
            }
            for method in selectors.active_methods()
        ]
        return Response({"object": "list", "data": data, "has_more": False, "next_cursor": None})
