"""Example Pay in our words. A real one calls the provider; this one makes everything up."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from apps.payments.errors import InvalidSignature, ProviderRefused
from apps.payments.gateways.amounts import AmountNotRepresentable, DecimalText
from apps.payments.gateways.base import (
    Fact,
    IntentRequest,
    ProviderIntent,
    ProviderRefund,
    ProviderRefundState,
    ProviderState,
    RefundRequest,
    WebhookEnvelope,
)
from apps.payments.gateways.gateway import Gateway

AMOUNTS = DecimalText(currencies={"USD", "JPY"})
TOLERANCE_SECONDS = 300
_STATES = {"paid": ProviderState.SUCCEEDED, "void": ProviderState.CANCELLED}


class ExampleGateway(Gateway):
    """A shop's account at Example Pay."""

    def __init__(self, *, merchant: str, webhook_secrets: Sequence[str]) -> None:
        self._merchant = merchant
        self._webhook_secrets = webhook_secrets

    def create_intent(self, request: IntentRequest, *, key: str) -> ProviderIntent:
        try:
            amount = AMOUNTS.to_provider(request.amount, request.currency)
        except AmountNotRepresentable as error:
            raise ProviderRefused(str(error)) from None
        return ProviderIntent(
            reference=f"ex_{key}",
            state=ProviderState.OPEN,
            amount_received=0,
            currency=request.currency,
            client={"merchant": self._merchant, "pay_at": f"https://pay.example/{amount}"},
            metadata=request.metadata,
        )

    def fetch_intent(self, reference: str) -> ProviderIntent:
        raise ProviderRefused("Example Pay forgets.")

    def cancel_intent(self, reference: str, *, key: str) -> ProviderIntent:
        return _intent({"id": reference, "state": "void", "taken": "0", "currency": "USD"})

    def create_refund(self, request: RefundRequest, *, key: str) -> ProviderRefund:
        return ProviderRefund(
            reference=f"back_{key}",
            payment_reference=request.capture_reference,
            state=ProviderRefundState.SUCCEEDED,
            amount=request.amount,
            currency=request.currency,
            metadata=request.metadata,
        )

    def verify_webhook(
        self, *, body: bytes, headers: Mapping[str, str], now: float
    ) -> WebhookEnvelope:
        signature = headers.get("Example-Signature", "")
        good = [hmac.new(one.encode(), body, hashlib.sha256) for one in self._webhook_secrets]
        if not any(hmac.compare_digest(one.hexdigest(), signature) for one in good):
            raise InvalidSignature
        event = json.loads(body)
        if now - event["at"] > TOLERANCE_SECONDS:
            raise InvalidSignature
        return WebhookEnvelope(
            event_id=event["id"],
            event_type=event["kind"],
            sent_at=datetime.fromtimestamp(event["at"], UTC),
        )

    def facts_in_webhook(self, *, body: bytes, headers: Mapping[str, str]) -> Sequence[Fact]:
        event = json.loads(body)
        return [_intent(event["payment"])] if event["kind"] == "payment" else []


def _intent(source: Mapping[str, Any]) -> ProviderIntent:
    return ProviderIntent(
        reference=source["id"],
        state=_STATES.get(source["state"], ProviderState.OPEN),
        amount_received=AMOUNTS.from_provider(source["taken"], source["currency"]),
        currency=source["currency"],
        capture_reference=source.get("capture", ""),
    )
