"""Where payment providers call."""

from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.payments import services
from apps.payments.errors import (
    InvalidSignature,
    NoPaymentProvider,
    TooManyBadWebhooks,
    UnknownProvider,
    UnreadableWebhook,
)
from apps.shared import clock
from apps.shared.api.addresses import client_address
from apps.shared.api.openapi import Answer, operation
from apps.shared.api.views import ApiView
from apps.shared.idempotency.keyed_request import Policy


class WebhookReceiptAnswer(Answer):
    """Stored, now or before; a worker acts on it."""

    received = serializers.BooleanField()


class Webhook(ApiView):
    """Verified on the raw body, stored once, acknowledged after the commit; then a worker acts."""

    # An event has an id of its own, under which it is stored once.
    idempotency = {"POST": Policy.UNSTORED}

    @operation(
        "receive_webhook",
        "For payment providers' events",
        tag="Webhooks",
        request=OpenApiTypes.OBJECT,
        answers={200: WebhookReceiptAnswer},
        refusals=[
            InvalidSignature,
            UnreadableWebhook,
            TooManyBadWebhooks,
            UnknownProvider,
            NoPaymentProvider,
        ],
    )
    def post(self, request: Request, provider: str) -> Response:
        """Signed over the raw body, in the headers that the provider has for that."""
        services.receive_webhook(
            provider=provider,
            body=request._request.body,
            headers=request.headers,
            now=clock.now(),
            address=client_address(request.META),
        )
        return Response({"received": True})
