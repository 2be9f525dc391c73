"""Stripe's PaymentIntents, refunds and webhooks in our words."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import stripe

from apps.payments.errors import InvalidSignature, ProviderRefused
from apps.payments.gateways.base import (
    Credentials,
    IntentRequest,
    ProviderCapture,
    ProviderIntent,
    ProviderRefund,
    ProviderState,
    RefundRequest,
    WebhookEnvelope,
)
from apps.payments.gateways.stripe import ledger, refunds
from apps.payments.gateways.stripe.amounts import AmountNotRepresentable, from_stripe, to_stripe
from apps.payments.gateways.stripe.calls import client_of, stripe_call

# Stripe's documented default tolerance; applied to the future too, which the SDK does not.
TOLERANCE_SECONDS = 300
_STATES = {"succeeded": ProviderState.SUCCEEDED, "canceled": ProviderState.CANCELLED}


class StripeGateway:
    """A shop's Stripe account."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    @property
    def _api(self) -> stripe.StripeClient:
        return client_of(self._credentials.secret_key)

    def create_intent(self, request: IntentRequest, *, key: str) -> ProviderIntent:
        try:
            amount = to_stripe(request.amount, request.currency)
        except AmountNotRepresentable as error:
            raise ProviderRefused(str(error)) from None
        made = stripe_call(
            lambda: self._api.v1.payment_intents.create(
                {
                    "amount": amount,
                    "currency": request.currency.lower(),
                    "automatic_payment_methods": {"enabled": True},
                    "metadata": request.metadata,
                },
                {"idempotency_key": key},
            )
        )
        return _intent(made.to_dict())

    def fetch_intent(self, reference: str) -> ProviderIntent:
        found = stripe_call(lambda: self._api.v1.payment_intents.retrieve(reference))
        return _intent(found.to_dict())

    def cancel_intent(self, reference: str, *, key: str) -> ProviderIntent:
        try:
            done = stripe_call(
                lambda: self._api.v1.payment_intents.cancel(
                    reference, options={"idempotency_key": key}
                )
            )
        except ProviderRefused:
            return self.fetch_intent(reference)
        return _intent(done.to_dict())

    def create_refund(self, request: RefundRequest, *, key: str) -> ProviderRefund:
        return refunds.create(self._api, request, key=key)

    def fetch_refund(self, reference: str) -> ProviderRefund:
        return refunds.fetch(self._api, reference)

    def refunds_of_payment(self, payment_reference: str) -> list[ProviderRefund]:
        return refunds.listed(self._api, payment_reference)

    def captures_between(self, *, since: datetime, until: datetime) -> list[ProviderCapture]:
        return ledger.captures(self._api, since=since, until=until)

    def refunds_between(self, *, since: datetime, until: datetime) -> list[ProviderRefund]:
        return ledger.refunds_made(self._api, since=since, until=until)

    def verify_webhook(
        self, *, body: bytes, headers: Mapping[str, str], now: float
    ) -> WebhookEnvelope:
        signature = headers.get("Stripe-Signature", "")
        secret = self._credentials.webhook_secret
        try:
            if not secret or abs(now - _signed_at(signature)) > TOLERANCE_SECONDS:
                raise InvalidSignature
            # Without a tolerance: it would go by this machine's own clock.
            stripe.WebhookSignature.verify_header(body.decode(), signature, secret)
            event = json.loads(body)
            return WebhookEnvelope(
                event_id=str(event["id"]),
                event_type=str(event["type"]),
                account=str(event.get("account") or ""),
            )
        except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError):
            raise InvalidSignature from None

    def intent_in_event(self, body: bytes) -> ProviderIntent | None:
        event = json.loads(body)
        if not event["type"].startswith("payment_intent."):
            return None
        return _intent(event["data"]["object"])

    def refund_in_event(self, body: bytes) -> ProviderRefund | None:
        return refunds.in_event(json.loads(body))

    def refunded_payment_in_event(self, body: bytes) -> str | None:
        return refunds.payment_in_event(json.loads(body))


def _signed_at(signature: str) -> int:
    """The first timestamp: the one that the SDK takes the signature to be over."""
    parts = (part.partition("=") for part in signature.split(","))
    return int(next((value for name, _, value in parts if name == "t"), ""))


def _intent(source: Mapping[str, Any]) -> ProviderIntent:
    currency = source["currency"].upper()
    failure = source.get("last_payment_error") or {}
    return ProviderIntent(
        reference=source["id"],
        state=_STATES.get(source["status"], ProviderState.OPEN),
        amount_received=from_stripe(source["amount_received"], currency),
        currency=currency,
        client_secret=source.get("client_secret") or "",
        failure_code=failure.get("decline_code") or failure.get("code") or "",
        failure_message=failure.get("message") or "",
        metadata=dict(source.get("metadata") or {}),
    )
