"""Carts. A guest's cart is opened by the `Cart-Token` that its creation answered, once."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from apps.cart import selectors, services
from apps.cart.api.inputs import CartChanges, CartInput, LineChanges, LineInput
from apps.cart.api.representation import (
    CartAnswer,
    MergedCartAnswer,
    NewCartAnswer,
    capped_json,
    cart_json,
)
from apps.cart.dto import Caller, CartDetail
from apps.cart.errors import (
    CartCompleted,
    CartLineNotFound,
    CartNotFound,
    CartStale,
    CartTooLarge,
)
from apps.catalog.errors import VariantNotFound
from apps.customers.authentication import (
    CustomerAuthentication,
    IsCustomer,
    customer_of,
    signed_in_customer,
)
from apps.shared import clock
from apps.shared.api.fields import NoInput
from apps.shared.api.openapi import CART_TOKEN, IF_MATCH, operation
from apps.shared.api.preconditions import InvalidIfMatch, if_match_version, version_etag
from apps.shared.api.tokens import access_token
from apps.shared.api.views import ApiView
from apps.shipping.errors import ShippingMethodNotFound

_TAG = "Carts"
_OPEN_CART = (CartNotFound, CartCompleted, CartStale, InvalidIfMatch)


def caller_of(request: Request) -> Caller:
    """Who asks, as far as carts are concerned."""
    return Caller(
        token=request.headers.get("Cart-Token", ""),
        customer_id=customer_of(request).customer_id,
    )


def _answer(cart: CartDetail, *, status: int = 200, **more: Any) -> Response:
    response = Response({**cart_json(cart), **more}, status=status)
    response["ETag"] = version_etag(cart.version)
    return response


def _unless_known(request: Request, cart: CartDetail) -> Response:
    if request.headers.get("If-None-Match") != version_etag(cart.version):
        return _answer(cart)
    response = Response(status=304)
    response["ETag"] = version_etag(cart.version)
    return response


class Carts(ApiView):
    authentication_classes = [CustomerAuthentication]

    @operation(
        "create_cart",
        "Make a cart",
        tag=_TAG,
        request=CartInput,
        answers={201: NewCartAnswer},
        has_etag=True,
    )
    def post(self, request: Request) -> Response:
        """A guest's cart is opened by the token that is answered here; a signed-in customer's by
        that customer alone."""
        given = CartInput.valid(request.data)
        cart = services.create_cart(
            customer_id=caller_of(request).customer_id,
            email=given.get("email", ""),
            metadata=given.get("metadata", {}),
            now=clock.now(),
        )
        token = None if cart.customer_id else access_token("cart", cart.id)
        return _answer(cart, status=201, token=token)


class CartItself(ApiView):
    authentication_classes = [CustomerAuthentication]

    @operation(
        "get_cart",
        "A cart, priced as of now",
        tag=_TAG,
        answers={200: CartAnswer},
        headers=[CART_TOKEN],
        refusals=[CartNotFound],
        has_etag=True,
    )
    def get(self, request: Request, cart_id: UUID) -> Response:
        cart = selectors.cart_detail(cart_id=cart_id, caller=caller_of(request))
        return _unless_known(request, cart)

    @operation(
        "update_cart",
        "Change e-mail, addresses, shipping method or metadata",
        tag=_TAG,
        request=CartChanges,
        answers={200: CartAnswer},
        headers=[CART_TOKEN, IF_MATCH],
        refusals=[*_OPEN_CART, ShippingMethodNotFound],
        has_etag=True,
    )
    def patch(self, request: Request, cart_id: UUID) -> Response:
        changes = CartChanges.valid(request.data)
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
    authentication_classes = [CustomerAuthentication]

    @operation(
        "add_cart_line",
        "Put a variant into a cart",
        tag=_TAG,
        request=LineInput,
        answers={201: CartAnswer},
        headers=[CART_TOKEN, IF_MATCH],
        refusals=[*_OPEN_CART, VariantNotFound, CartTooLarge],
        has_etag=True,
    )
    def post(self, request: Request, cart_id: UUID) -> Response:
        given = LineInput.valid(request.data)
        cart = services.add_line(
            cart_id=cart_id,
            caller=caller_of(request),
            variant_id=given["variant"],
            quantity=given["quantity"],
            if_version=if_match_version(request),
            now=clock.now(),
        )
        return _answer(cart, status=201)


class LineItself(ApiView):
    authentication_classes = [CustomerAuthentication]

    @operation(
        "set_cart_line_quantity",
        "Change how many",
        tag=_TAG,
        request=LineChanges,
        answers={200: CartAnswer},
        headers=[CART_TOKEN, IF_MATCH],
        refusals=[*_OPEN_CART, CartLineNotFound],
        has_etag=True,
    )
    def patch(self, request: Request, cart_id: UUID, line_id: UUID) -> Response:
        quantity = LineChanges.valid(request.data)["quantity"]
        return self._set(request, cart_id, line_id, quantity)

    @operation(
        "remove_cart_line",
        "Take a line out",
        tag=_TAG,
        answers={200: CartAnswer},
        headers=[CART_TOKEN, IF_MATCH],
        refusals=[*_OPEN_CART, CartLineNotFound],
        has_etag=True,
    )
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


class Merge(ApiView):
    authentication_classes = [CustomerAuthentication]
    permission_classes = [IsCustomer]

    @operation(
        "merge_cart",
        "Put a guest's cart into the signed-in customer's",
        tag=_TAG,
        request=NoInput,
        answers={200: MergedCartAnswer},
        headers=[CART_TOKEN],
        refusals=[CartNotFound, CartCompleted],
        has_etag=True,
    )
    def post(self, request: Request, cart_id: UUID) -> Response:
        """To be called after logging in or signing up, with the guest's `Cart-Token`. Quantities
        add up as far as there is stock; `capped` says where there is less. The answer is the
        customer's cart, or the guest's, now the customer's, when there was no other. Asking again
        changes nothing."""
        NoInput.valid(request.data)
        merged = services.merge_cart(cart_id=cart_id, caller=caller_of(request), now=clock.now())
        return _answer(merged.cart, capped=[capped_json(one) for one in merged.capped])


class MyCart(ApiView):
    authentication_classes = [CustomerAuthentication]
    permission_classes = [IsCustomer]

    @operation(
        "get_my_cart",
        "The customer's newest open cart",
        tag=_TAG,
        answers={200: CartAnswer},
        refusals=[CartNotFound],
        has_etag=True,
    )
    def get(self, request: Request) -> Response:
        cart = selectors.newest_open_cart(customer_id=signed_in_customer(request))
        return _unless_known(request, cart)
