"""Accounts: sign up, log in, log out, and the customer's own page."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.customers import selectors, services
from apps.customers.api.answers import (
    CustomerAnswer,
    CustomerTokenAnswer,
    customer_json,
    login_json,
)
from apps.customers.api.inputs import CustomerChanges, LogInInput, SignUpInput
from apps.customers.authentication import (
    CustomerAuthentication,
    IsCustomer,
    customer_of,
    signed_in_customer,
)
from apps.customers.errors import EmailTaken, InvalidCredentials, PasswordTooWeak
from apps.shared import clock
from apps.shared.api.fields import NoInput
from apps.shared.api.openapi import operation
from apps.shared.api.views import ApiView
from apps.shared.idempotency.keyed_request import Policy

_TAG = "Customers"


class PrivateView(ApiView):
    """Answers that no cache may keep."""

    @property
    def default_response_headers(self) -> dict[str, str]:
        """As DRF's, and never to be stored."""
        return {**super().default_response_headers, "Cache-Control": "no-store"}


class Customers(PrivateView):
    @operation(
        "sign_up",
        "Make an account",
        tag=_TAG,
        request=SignUpInput,
        answers={201: CustomerAnswer},
        refusals=[EmailTaken, PasswordTooWeak],
    )
    def post(self, request: Request) -> Response:
        data = SignUpInput(data=request.data)
        data.is_valid(raise_exception=True)
        customer = services.sign_up(**data.validated_data, now=clock.now())
        return Response(customer_json(customer), status=201)


class LogIn(PrivateView):
    idempotency = {"POST": Policy.UNSTORED}

    @operation(
        "log_in",
        "Log in",
        tag=_TAG,
        request=LogInInput,
        answers={200: CustomerTokenAnswer},
        refusals=[InvalidCredentials],
    )
    def post(self, request: Request) -> Response:
        """The token is good for 30 days. Logging in twice gives two tokens."""
        data = LogInInput(data=request.data)
        data.is_valid(raise_exception=True)
        login = services.log_in(**data.validated_data, now=clock.now())
        return Response(login_json(login))


class LogOut(PrivateView):
    authentication_classes = [CustomerAuthentication]
    permission_classes = [IsCustomer]
    idempotency = {"POST": Policy.UNSTORED}

    @operation("log_out", "Revoke the token", tag=_TAG, answers={204: None})
    def post(self, request: Request) -> Response:
        NoInput(data=request.data).is_valid(raise_exception=True)
        services.log_out(digest=customer_of(request).token_digest)
        return Response(status=204)


class Me(PrivateView):
    authentication_classes = [CustomerAuthentication]
    permission_classes = [IsCustomer]

    @operation("get_me", "The signed-in customer", tag=_TAG, answers={200: CustomerAnswer})
    def get(self, request: Request) -> Response:
        customer = selectors.customer_detail(customer_id=signed_in_customer(request))
        return Response(customer_json(customer))

    @operation(
        "update_me",
        "Change the account",
        tag=_TAG,
        request=CustomerChanges,
        answers={200: CustomerAnswer},
    )
    def patch(self, request: Request) -> Response:
        data = CustomerChanges(data=request.data)
        data.is_valid(raise_exception=True)
        changes: dict[str, Any] = data.validated_data
        if "name" not in changes:
            return self.get(request)
        customer = services.update_customer(
            customer_id=signed_in_customer(request), name=changes["name"] or ""
        )
        return Response(customer_json(customer))
