"""Stripe's PaymentIntents in our words: https://docs.stripe.com/api/payment_intents/object."""

from collections.abc import Mapping
from typing import Any

from apps.payments.gateways.base import ProviderIntent, ProviderState
from apps.payments.gateways.stripe.amounts import AMOUNTS

_STATES = {
    "succeeded": ProviderState.SUCCEEDED,
    "canceled": ProviderState.CANCELLED,
    "requires_capture": ProviderState.AUTHORIZED,
    "processing": ProviderState.UNDER_WAY,
}


def intent(source: Mapping[str, Any]) -> ProviderIntent:
    """Stripe's object in our words; what the client needs is for who knows the account to say."""
    currency = source["currency"].upper()
    failure = source.get("last_payment_error") or {}
    return ProviderIntent(
        reference=source["id"],
        state=_STATES.get(source["status"], ProviderState.OPEN),
        amount_received=AMOUNTS.from_provider(source["amount_received"], currency),
        amount_capturable=AMOUNTS.from_provider(source.get("amount_capturable") or 0, currency),
        currency=currency,
        failure_code=failure.get("decline_code") or failure.get("code") or "",
        failure_message=failure.get("message") or "",
        metadata=dict(source.get("metadata") or {}),
    )
