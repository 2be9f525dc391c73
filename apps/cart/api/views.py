"""Carts. A guest's cart is opened by the `Cart-Token` that its creation answered, once."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from apps.cart import selectors, services
from apps.cart.api.inputs import CartChanges, CartInput, LineChanges, LineInput
from apps.cart.api.representation import cart_json
from apps.cart.dto import Caller, CartDetail
from apps.shared import clock
from apps.shared.api.preconditions import if_match_version, version_etag
from apps.shared.api.tokens import access_token
from apps.shared.api.views import ApiView


def caller_of(request: Request) -> Caller:
    """Who asks, as far as carts are concerned."""
    return Caller(
        token=request.headers.get("Cart-Token", ""),
        customer_id=getattr(request.user, "customer_id", None),
    )


def _answer(cart: CartDetail, *, status: int = 200, **more: Any) -> Response:
    response = Response({**cart_json(cart), **more}, status=status)
    response["ETag"] = version_etag(cart.version)
    return response


class Carts(ApiView):
    def post(self, request: Request) -> Response:
        data = CartInput(data=request.data)
        data.is_valid(raise_exception=True)
        given = data.validated_data
        cart = services.create_cart(
            customer_id=caller_of(request).customer_id,
            email=given.get("email", ""),
            metadata=given.get("metadata", {}),
            now=clock.now(),
        )
        token = None if cart.customer_id else access_token("cart", cart.id)
        return _answer(cart, status=201, token=token)


class CartItself(ApiView):
    def get(self, request: Request, cart_id: UUID) -> Response:
        cart = selectors.cart_detail(cart_id=cart_id, caller=caller_of(request))
        if request.headers.get("If-None-Match") == version_etag(cart.version):
            response = Response(status=304)
            response["ETag"] = version_etag(cart.version)
            return response
        return _answer(cart)

    def patch(self, request: Request, cart_id: UUID) -> Response:
        data = CartChanges(data=request.data)
        data.is_valid(raise_exception=True)
        changes = dict(data.validated_data)
        if "email" in changes:
            changes["email"] = changes["email"] or ""
        cart = services.update_cart(
            cart_id=cart_id,
            caller=caller_of(request),
            changes=changes,
            if_version=if_match_version(request),
            now=clock.now(),
        )
        return _answer(cart)


class Lines(ApiView):
    def post(self, request: Request, cart_id: UUID) -> Response:
        data = LineInput(data=request.data)
        data.is_valid(raise_exception=True)
        cart = services.add_line(
            cart_id=cart_id,
            caller=caller_of(request),
            variant_id=data.validated_data["variant"],
            quantity=data.validated_data["quantity"],
            if_version=if_match_version(request),
            now=clock.now(),
        )
        return _answer(cart, status=201)


class LineItself(ApiView):
    def patch(self, request: Request, cart_id: UUID, line_id: UUID) -> Response:
        data = LineChanges(data=request.data)
        data.is_valid(raise_exception=True)
        return self._set(request, cart_id, line_id, data.validated_data["quantity"])

    def delete(self, request: Request, cart_id: UUID, line_id: UUID) -> Response:
        return self._set(request, cart_id, line_id, 0)

    def _set(self, request: Request, cart_id: UUID, line_id: UUID, quantity: int) -> Response:
        cart = services.set_line_quantity(
            cart_id=cart_id,
            caller=caller_of(request),
            line_id=line_id,
            quantity=quantity,
            if_version=if_match_version(request),
            now=clock.now(),
        )
        return _answer(cart)
