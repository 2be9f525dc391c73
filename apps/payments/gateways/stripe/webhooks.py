"""Stripe's webhooks: https://docs.stripe.com/webhooks#verify-events and /api/events/types."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import stripe

from apps.payments.errors import InvalidSignature, UnreadableWebhook
from apps.payments.gateways.base import Fact, RefundsChanged, WebhookEnvelope
from apps.payments.gateways.stripe.disputes import dispute
from apps.payments.gateways.stripe.intents import intent
from apps.payments.gateways.stripe.refunds import is_release, refund

# Stripe's documented default tolerance; applied to the future too, which the SDK does not.
TOLERANCE_SECONDS = 300


def verified(body: bytes, *, signature: str, secrets: Iterable[str], now: float) -> WebhookEnvelope:
    """Signed by one of the secrets, at about `now`. Raises InvalidSignature, UnreadableWebhook."""
    try:
        signed_at = _signed_at(signature)
        if abs(now - signed_at) > TOLERANCE_SECONDS:
            raise InvalidSignature
        text = body.decode()
        if not any(_is_signed(text, signature, secret) for secret in secrets):
            raise InvalidSignature
        event = json.loads(text)
        return WebhookEnvelope(
            event_id=str(event["id"]),
            event_type=str(event["type"]),
            account=str(event.get("account") or ""),
            sent_at=datetime.fromtimestamp(signed_at, UTC),
        )
    except RecursionError:  # of what is signed: nothing else is parsed
        raise UnreadableWebhook from None
    except (ValueError, KeyError, TypeError, OverflowError):
        raise InvalidSignature from None


def facts(body: bytes) -> Sequence[Fact]:
    """What a verified event tells."""
    event = json.loads(body)
    return _facts_of(event["type"], event["data"]["object"], event.get("created") or 0)


def _facts_of(kind: str, source: Mapping[str, Any], told_at: int) -> Sequence[Fact]:
    if kind.startswith("payment_intent."):
        return [intent(source)]
    # A charge that no PaymentIntent led to is none of ours.
    return _facts_of_charge(kind, source, told_at) if source.get("payment_intent") else []


def _facts_of_charge(kind: str, source: Mapping[str, Any], told_at: int) -> Sequence[Fact]:
    if kind.startswith("refund."):
        return [] if is_release(source) else [refund(source)]
    if kind.startswith("charge.dispute."):
        return [dispute(source, told_at=told_at)]
    if kind == "charge.refunded":  # the charge does not say by which refund
        return [RefundsChanged(payment_reference=source["payment_intent"])]
    return []


def _is_signed(text: str, signature: str, secret: str) -> bool:
    try:
        # Without a tolerance: it would go by this machine's own clock.
        stripe.WebhookSignature.verify_header(text, signature, secret)
    except stripe.SignatureVerificationError:
        return False
    return True


def _signed_at(signature: str) -> int:
    """The first timestamp: the one that the SDK takes the signature to be over."""
    parts = (part.partition("=") for part in signature.split(","))
    return int(next((value for name, _, value in parts if name == "t"), ""))
