"""What a shopper can pay with."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.cart.dto import Caller
from apps.cart.errors import CartNotFound
from apps.cart.selectors import cart_detail
from apps.checkout.api.callers import order_caller
from apps.customers.authentication import CustomerAuthentication, customer_of
from apps.orders.errors import OrderNotFound
from apps.orders.selectors import order_of_caller
from apps.payments.gateways.offers import Offer, offers
from apps.shared import clock
from apps.shared.api.openapi import (
    CART_TOKEN,
    ORDER_TOKEN,
    Answer,
    ConstantField,
    list_of,
    operation,
)
from apps.shared.api.pagination import InvalidParameter, refuse_unknown_parameters
from apps.shared.api.views import ApiView


class PaymentMethodAnswer(Answer):
    """A payment provider to choose, with what its client library needs to get ready."""

    object = ConstantField("payment_method")
    provider = serializers.CharField()
    title = serializers.CharField()
    is_available = serializers.BooleanField(
        help_text="False: it does not answer at the moment, and comes last."
    )
    client = serializers.DictField(child=serializers.CharField())


_METHODS = list_of(PaymentMethodAnswer)


class CartPaymentMethods(ApiView):
    authentication_classes = [CustomerAuthentication]

    @operation(
        "list_cart_payment_methods",
        "What a cart can be paid with",
        tag="Checkout",
        answers={200: _METHODS},
        headers=[CART_TOKEN],
        refusals=[CartNotFound, InvalidParameter],
    )
    def get(self, request: Request, cart_id: UUID) -> Response:
        """In the shop's order; those that do not take the cart's currency are left out."""
        refuse_unknown_parameters(request, set())
        caller = Caller(
            token=request.headers.get("Cart-Token", ""),
            customer_id=customer_of(request).customer_id,
        )
        return _list(cart_detail(cart_id=cart_id, caller=caller).currency)


class OrderPaymentMethods(ApiView):
    authentication_classes = [CustomerAuthentication]

    @operation(
        "list_order_payment_methods",
        "What an order can be paid with",
        tag="Checkout",
        answers={200: _METHODS},
        headers=[ORDER_TOKEN],
        refusals=[OrderNotFound, InvalidParameter],
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        """In the shop's order; those that do not take the order's currency are left out."""
        refuse_unknown_parameters(request, set())
        order = order_of_caller(order_id=order_id, caller=order_caller(request))
        return _list(order.currency)


def _list(currency: str) -> Response:
    data = [_json(one) for one in offers(currency=currency, now=clock.now())]
    return Response({"object": "list", "data": data, "has_more": False, "next_cursor": None})


def _json(offer: Offer) -> dict[str, Any]:
    return {
        "object": "payment_method",
        "provider": offer.provider,
        "title": offer.title,
        "is_available": offer.is_available,
        "client": {**offer.client},
    }
