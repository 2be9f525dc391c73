"""Razorpay's webhooks: https://razorpay.com/docs/webhooks/validate-test/.

The signature covers the body and nothing else: the event id in the header is not signed, so an
event is known by the digest of its body. There is no signed time; one from the future is refused.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from apps.payments.errors import InvalidSignature, UnreadableWebhook
from apps.payments.gateways.base import Fact, WebhookEnvelope
from apps.payments.gateways.razorpay.disputes import dispute
from apps.payments.gateways.razorpay.intents import of_payment
from apps.payments.gateways.razorpay.refunds import refund

HEADERS = ("X-Razorpay-Signature", "X-Razorpay-Event-Id")
_FUTURE_SECONDS = 300


def verified(body: bytes, *, signature: str, secrets: Iterable[str], now: float) -> WebhookEnvelope:
    """Signed with one of the secrets. Raises InvalidSignature, UnreadableWebhook."""
    if not any(_is_signed(body, signature, secret) for secret in secrets):
        raise InvalidSignature
    try:
        event = json.loads(body)
        sent_at = datetime.fromtimestamp(int(event["created_at"]), UTC)
        if sent_at.timestamp() > now + _FUTURE_SECONDS:
            raise InvalidSignature
        return WebhookEnvelope(
            event_id=hashlib.sha256(body).hexdigest(),
            event_type=str(event["event"]),
            account=str(event.get("account_id") or ""),
            sent_at=sent_at,
        )
    except RecursionError:
        raise UnreadableWebhook from None
    except (ValueError, KeyError, TypeError, OverflowError):
        raise InvalidSignature from None


def facts(body: bytes) -> Sequence[Fact]:
    """What a verified event tells."""
    event = json.loads(body)
    entities = {name: one["entity"] for name, one in event["payload"].items()}
    payment = entities.get("payment")
    if "dispute" in entities:
        told = dispute(
            entities["dispute"],
            payment_reference=(payment or {}).get("order_id") or "",
            told_at=int(event["created_at"]),
        )
        return [told]
    if "refund" in entities:
        # Of payments that were never captured Razorpay gives the money back by itself.
        if payment is not None and not payment["captured"]:
            return []
        return [refund(entities["refund"], (payment or {}).get("order_id") or "")]
    if payment is None or not payment.get("order_id"):
        return []
    return [of_payment(payment, entities.get("order"))]


def is_from_checkout(*, reference: str, returned: Mapping[str, str], key_secret: str) -> bool:
    """Whether what checkout handed to the shopper's page is Razorpay's own, and of this order."""
    if returned.get("razorpay_order_id", reference) != reference:
        return False
    message = f"{reference}|{returned.get('razorpay_payment_id', '')}".encode()
    return _is_signed(message, returned.get("razorpay_signature", ""), key_secret)


def _is_signed(message: bytes, signature: str, secret: str) -> bool:
    made = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    return hmac.compare_digest(made.encode(), signature.encode())
