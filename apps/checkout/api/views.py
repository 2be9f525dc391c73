"""Completing a cart, and paying for the order that it makes."""

from uuid import UUID

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from apps.cart.dto import Caller
from apps.cart.errors import CartEmpty, CartIncomplete, CartNotFound
from apps.checkout import services
from apps.checkout.api.representation import PaymentAnswer, PlacedOrderAnswer, payment_json
from apps.checkout.errors import NotForSale, PriceChanged
from apps.customers.authentication import CustomerAuthentication, customer_of
from apps.finance.errors import FinancialTotalsMismatch
from apps.inventory.errors import InsufficientStock
from apps.orders.dto import OrderCaller
from apps.orders.errors import OrderNotFound
from apps.orders.representation import order_json
from apps.orders.selectors import order_of_caller, order_of_cart
from apps.payments import selectors as payments
from apps.payments.errors import (
    NoPaymentProvider,
    NothingToPay,
    PaymentAlreadyProcessed,
    ProviderRefused,
    ProviderUnavailable,
)
from apps.shared import clock
from apps.shared.api.fields import MoneyInput, StrictSerializer
from apps.shared.api.openapi import CART_TOKEN, ORDER_TOKEN, list_of, operation
from apps.shared.api.pagination import InvalidParameter, refuse_unknown_parameters
from apps.shared.api.tokens import access_token
from apps.shared.api.views import ApiView
from apps.shared.idempotency.keyed_request import Policy, run_self_keeping
from apps.shared.idempotency.services import Claim, StoredAnswer
from apps.shared.money import Money, UnknownCurrency
from billing.errors import PlanLimitReached


class CompletionInput(StrictSerializer):
    """`expected_total` is the total that the shopper was shown."""

    expected_total = MoneyInput(required=False)


class NoInput(StrictSerializer):
    """An empty object."""


class CartCompletion(ApiView):
    authentication_classes = [CustomerAuthentication]
    idempotency = {"POST": Policy.OWN}

    @operation(
        "complete_cart",
        "Place the order",
        tag="Checkout",
        request=CompletionInput,
        answers={201: PlacedOrderAnswer, 200: PlacedOrderAnswer},
        headers=[CART_TOKEN],
        refusals=[
            CartNotFound,
            CartEmpty,
            CartIncomplete,
            NotForSale,
            PriceChanged,
            InsufficientStock,
            NoPaymentProvider,
            NothingToPay,
            UnknownCurrency,
            FinancialTotalsMismatch,
            PlanLimitReached,
        ],
    )
    def post(self, request: Request, cart_id: UUID) -> HttpResponseBase:
        """Holds the stock and makes the order, all or nothing. A cart that became an order before
        answers that order, with 200."""
        expected = _expected_total(request)
        caller = Caller(
            token=request.headers.get("Cart-Token", ""),
            customer_id=customer_of(request).customer_id,
        )

        def complete(keyed: Claim) -> StoredAnswer | HttpResponseBase:
            done = services.complete_checkout(
                cart_id=cart_id,
                caller=caller,
                expected_total=expected,
                keyed=keyed,
                now=clock.now(),
            )
            return done if isinstance(done, StoredAnswer) else _first_order(done.cart_id)

        return run_self_keeping(self, request, complete)


def _expected_total(request: Request) -> Money | None:
    # An empty object, which is what most clients send, needs no looking at.
    if request.data == {}:
        return None
    data = CompletionInput(data=request.data)
    data.is_valid(raise_exception=True)
    expected = data.validated_data.get("expected_total")
    return Money(**expected) if expected else None


def _first_order(cart_id: UUID) -> Response:
    order = order_of_cart(cart_id=cart_id)
    assert order is not None  # noqa: S101 - the cart says that it is completed
    return Response({**order_json(order), "token": access_token("order", order.pk)})


class OrderPayments(ApiView):
    authentication_classes = [CustomerAuthentication]
    idempotency = {"POST": Policy.PHASED}

    @operation(
        "list_order_payments",
        "The payments of an order",
        tag="Checkout",
        answers={200: list_of(PaymentAnswer)},
        headers=[ORDER_TOKEN],
        refusals=[OrderNotFound, InvalidParameter],
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        refuse_unknown_parameters(request, set())
        order_of_caller(order_id=order_id, caller=_order_caller(request))
        data = [payment_json(one) for one in payments.payments_of_order(order_id=order_id)]
        return Response({"object": "list", "data": data, "has_more": False, "next_cursor": None})

    @operation(
        "start_payment",
        "Start to pay an order",
        tag="Checkout",
        request=NoInput,
        answers={201: PaymentAnswer},
        headers=[ORDER_TOKEN],
        refusals=[
            OrderNotFound,
            PaymentAlreadyProcessed,
            NoPaymentProvider,
            ProviderUnavailable,
            ProviderRefused,
        ],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        """Asking again answers the same payment. The shopper confirms it at the provider; the order
        becomes paid when the provider's own word arrives."""
        NoInput.valid(request.data)
        payment = services.start_payment(
            order_id=order_id, caller=_order_caller(request), now=clock.now()
        )
        return Response(payment_json(payment), status=201)


def _order_caller(request: Request) -> OrderCaller:
    return OrderCaller(
        token=request.headers.get("Order-Token", ""),
        customer_id=customer_of(request).customer_id,
    )
