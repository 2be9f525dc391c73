"""Completing a cart, and paying for the order that it makes."""

from uuid import UUID

from django.http.response import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.cart.dto import Caller
from apps.cart.errors import CartEmpty, CartIncomplete, CartNotFound
from apps.checkout import services
from apps.checkout.api.callers import order_caller
from apps.checkout.api.representation import PaymentAnswer, PlacedOrderAnswer, payment_json
from apps.checkout.errors import NotForSale, PriceChanged
from apps.customers.authentication import CustomerAuthentication, customer_of
from apps.finance.errors import FinancialTotalsMismatch
from apps.inventory.errors import InsufficientStock
from apps.orders.errors import OrderNotFound
from apps.orders.representation import order_json
from apps.orders.selectors import order_of_caller, order_of_cart
from apps.payments import selectors as payments
from apps.payments.errors import (
    InvalidSignature,
    NoPaymentProvider,
    NothingToPay,
    PaymentAlreadyProcessed,
    PaymentDeclined,
    PaymentNotFound,
    PaymentUnderWay,
    ProviderNotOffered,
    ProviderRefused,
    ProviderUnavailable,
    ReturnUrlRefused,
)
from apps.shared import clock
from apps.shared.api.fields import LineField, MoneyInput, StrictSerializer
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


class PaymentInput(StrictSerializer):
    """`provider`: the shopper's choice, else the first that answers. `return_url`: where the
    provider sends the shopper back to; on one of the shop's own domains."""

    provider = LineField(required=False, max_length=20)
    return_url = LineField(required=False, max_length=2000)


class ReturnInput(StrictSerializer):
    """`returned`: what the provider's library gave to the client, as it is."""

    returned = serializers.DictField(
        child=LineField(max_length=2000, allow_blank=True), required=False
    )


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
        order_of_caller(order_id=order_id, caller=order_caller(request))
        data = [payment_json(one) for one in payments.payments_of_order(order_id=order_id)]
        return Response({"object": "list", "data": data, "has_more": False, "next_cursor": None})

    @operation(
        "start_payment",
        "Start to pay an order",
        tag="Checkout",
        request=PaymentInput,
        answers={201: PaymentAnswer},
        headers=[ORDER_TOKEN],
        refusals=[
            OrderNotFound,
            PaymentAlreadyProcessed,
            PaymentUnderWay,
            NoPaymentProvider,
            ProviderNotOffered,
            ReturnUrlRefused,
            ProviderUnavailable,
            ProviderRefused,
        ],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        """Asking again answers the same payment. The shopper confirms it at the provider; the order
        becomes paid when the provider's own word arrives."""
        wanted = PaymentInput.valid(request.data)
        payment = services.start_payment(
            order_id=order_id,
            caller=order_caller(request),
            provider=wanted.get("provider", ""),
            return_url=wanted.get("return_url", ""),
            now=clock.now(),
        )
        return Response(payment_json(payment), status=201)


class PaymentConfirmation(ApiView):
    authentication_classes = [CustomerAuthentication]
    idempotency = {"POST": Policy.PHASED}

    @operation(
        "confirm_payment",
        "Come back from the payment provider",
        tag="Checkout",
        request=ReturnInput,
        answers={200: PaymentAnswer},
        headers=[ORDER_TOKEN],
        refusals=[
            OrderNotFound,
            PaymentNotFound,
            InvalidSignature,
            NoPaymentProvider,
            ProviderUnavailable,
            ProviderRefused,
            PaymentDeclined,
        ],
    )
    def post(self, request: Request, order_id: UUID, payment_id: UUID) -> Response:
        """The provider is asked at once how the payment stands, and one that was agreed to is
        captured. Not needed where the provider takes the money by itself, only quicker."""
        wanted = ReturnInput.valid(request.data)
        payment = services.confirm_payment(
            order_id=order_id,
            payment_id=payment_id,
            returned=wanted.get("returned", {}),
            caller=order_caller(request),
            now=clock.now(),
        )
        return Response(payment_json(payment))
