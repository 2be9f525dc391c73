"""Completing a cart, and paying for the order that it makes."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from apps.cart.dto import Caller
from apps.checkout import services
from apps.orders.dto import OrderCaller
from apps.orders.representation import order_json
from apps.orders.selectors import order_of_caller
from apps.payments import selectors as payments
from apps.payments.dto import PaymentDetail
from apps.shared import clock
from apps.shared.api.fields import MoneyInput, StrictSerializer
from apps.shared.api.pagination import refuse_unknown_parameters
from apps.shared.api.tokens import access_token
from apps.shared.api.views import ApiView
from apps.shared.idempotency.keyed_request import Policy
from apps.shared.ids import public_id
from apps.shared.money import Money


class CompletionInput(StrictSerializer):
    """`expected_total` is the total that the shopper was shown."""

    expected_total = MoneyInput(required=False)


class NoInput(StrictSerializer):
    """An empty object."""


def payment_json(payment: PaymentDetail) -> dict[str, Any]:
    """The payment object. The client's secret is for the shopper who pays, and shown to nobody
    else."""
    return {
        "object": "payment",
        "id": public_id("pay", payment.id),
        "order": public_id("ord", payment.order_id),
        "provider": payment.provider,
        "status": payment.status,
        "amount": Money(payment.amount, payment.currency).as_json(),
        "provider_reference": payment.provider_reference,
        "client_secret": payment.client_secret or None,
        "publishable_key": payment.publishable_key or None,
        "failure": {"code": payment.failure_code, "message": payment.failure_message}
        if payment.failure_code
        else None,
        "created_at": payment.created_at,
    }


class CartCompletion(ApiView):
    idempotency = {"POST": Policy.REQUIRED}

    def post(self, request: Request, cart_id: UUID) -> Response:
        data = CompletionInput(data=request.data)
        data.is_valid(raise_exception=True)
        expected = data.validated_data.get("expected_total")
        done = services.complete_checkout(
            cart_id=cart_id,
            caller=Caller(
                token=request.headers.get("Cart-Token", ""),
                customer_id=getattr(request.user, "customer_id", None),
            ),
            expected_total=Money(**expected) if expected else None,
            now=clock.now(),
        )
        body = {**order_json(done.order), "token": access_token("order", done.order.pk)}
        return Response(body, status=201 if done.is_new else 200)


class OrderPayments(ApiView):
    idempotency = {"POST": Policy.PHASED}

    def get(self, request: Request, order_id: UUID) -> Response:
        refuse_unknown_parameters(request, set())
        order_of_caller(order_id=order_id, caller=_order_caller(request))
        data = [payment_json(one) for one in payments.payments_of_order(order_id=order_id)]
        return Response({"object": "list", "data": data, "has_more": False, "next_cursor": None})

    def post(self, request: Request, order_id: UUID) -> Response:
        NoInput(data=request.data).is_valid(raise_exception=True)
        payment = services.start_payment(
            order_id=order_id, caller=_order_caller(request), now=clock.now()
        )
        return Response(payment_json(payment), status=201)


def _order_caller(request: Request) -> OrderCaller:
    return OrderCaller(
        token=request.headers.get("Order-Token", ""),
        customer_id=getattr(request.user, "customer_id", None),
    )
