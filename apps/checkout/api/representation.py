"""How the API shows payments, and an order that was just placed."""

from typing import Any

from rest_framework import serializers

from apps.orders.representation import OrderAnswer
from apps.payments.dto import PaymentDetail
from apps.payments.states import IntentStatus
from apps.shared.api.fields import MoneyOutput, PublicIdField
from apps.shared.api.openapi import Answer, ConstantField
from apps.shared.ids import public_id
from apps.shared.money import Money


class PlacedOrderAnswer(OrderAnswer):
    """An order with what opens it."""

    token = serializers.CharField(help_text="To be sent as Order-Token.")


class PaymentFailureAnswer(Answer):
    """Why the provider did not take the money."""

    code = serializers.CharField()
    message = serializers.CharField()


class PaymentAnswer(Answer):
    """A payment, with what the provider's own client library needs to confirm it."""

    object = ConstantField("payment")
    id = PublicIdField("pay")
    order = PublicIdField("ord")
    provider = serializers.CharField()
    status = serializers.ChoiceField(IntentStatus.choices)
    amount = MoneyOutput()
    amount_captured = MoneyOutput(help_text="What was taken of it.")
    amount_released = MoneyOutput(
        help_text="Agreed to and never taken: the shop captured less, by hand."
    )
    provider_reference = serializers.CharField(allow_null=True)
    client = serializers.DictField(
        child=serializers.CharField(),
        allow_null=True,
        help_text="What the provider's client library needs; which names, docs/guides/payments.md "
        "says for each provider. Null once the payment is closed.",
    )
    is_authorized = serializers.BooleanField(
        help_text="The shopper has agreed; the money is yet to be taken."
    )
    failure = PaymentFailureAnswer(allow_null=True)
    created_at = serializers.DateTimeField()


def payment_json(payment: PaymentDetail) -> dict[str, Any]:
    """The payment object. What `client` holds is for the shopper who pays, and shown to nobody
    else."""
    return {
        "object": "payment",
        "id": public_id("pay", payment.id),
        "order": public_id("ord", payment.order_id),
        "provider": payment.provider,
        "status": payment.status,
        "amount": Money(payment.amount, payment.currency).as_json(),
        "amount_captured": Money(payment.amount_captured, payment.currency).as_json(),
        "amount_released": Money(payment.amount_released, payment.currency).as_json(),
        "provider_reference": payment.provider_reference,
        "client": {**payment.client} or None,
        "is_authorized": payment.is_authorized,
        "failure": {"code": payment.failure_code, "message": payment.failure_message}
        if payment.failure_code
        else None,
        "created_at": payment.created_at,
    }
