"""How the API shows customers."""

from typing import Any

from rest_framework import serializers

from apps.customers.dto import CustomerDetail, Login
from apps.shared.api.fields import PublicIdField
from apps.shared.api.openapi import Answer, ConstantField
from apps.shared.ids import public_id


class CustomerAnswer(Answer):
    """A customer's account."""

    object = ConstantField("customer")
    id = PublicIdField("cus")
    email = serializers.EmailField()
    name = serializers.CharField()
    created_at = serializers.DateTimeField()


class CustomerTokenAnswer(Answer):
    """A bearer token; it is shown this once."""

    object = ConstantField("customer_token")
    token = serializers.CharField(help_text="Send it as `Authorization: Bearer …`.")
    expires_at = serializers.DateTimeField()
    customer = CustomerAnswer()


def customer_json(customer: CustomerDetail) -> dict[str, Any]:
    """As CustomerAnswer says."""
    return {
        "object": "customer",
        "id": public_id("cus", customer.id),
        "email": customer.email,
        "name": customer.name,
        "created_at": customer.created_at,
    }


def login_json(login: Login) -> dict[str, Any]:
    """As CustomerTokenAnswer says."""
    return {
        "object": "customer_token",
        "token": login.token,
        "expires_at": login.expires_at,
        "customer": customer_json(login.customer),
    }
