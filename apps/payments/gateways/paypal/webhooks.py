"""PayPal's webhooks: https://developer.paypal.com/api/rest/webhooks/rest/.

The signature covers transmission id, time, webhook id and no more of the body than its CRC32. Who
has one signed webhook can give another body the same CRC32, so that a good signature proves that
PayPal said something, not what. A webhook is therefore a reason to ask PayPal, and never a fact:
no state, amount or currency is taken from it.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature as WrongSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256

from apps.payments.errors import InvalidSignature, UnreadableWebhook
from apps.payments.gateways.base import (
    DisputeChanged,
    Fact,
    IntentChanged,
    RefundsChanged,
    WebhookEnvelope,
)
from apps.payments.gateways.paypal.certificates import signing_key
from apps.payments.gateways.paypal.credentials import PayPalCredentials
from apps.payments.gateways.paypal.metadata import unpacked
from apps.payments.gateways.paypal.refunds import capture_in

_ALGORITHM = "SHA256withRSA"
# PayPal tries for three days, and does not say whether it signs anew each time.
_OLDEST = timedelta(days=4)
_FUTURE = timedelta(seconds=300)
HEADERS = (
    "PayPal-Transmission-Id",
    "PayPal-Transmission-Time",
    "PayPal-Transmission-Sig",
    "PayPal-Cert-Url",
    "PayPal-Auth-Algo",
)
EVENTS = (
    "CHECKOUT.ORDER.APPROVED",
    "CHECKOUT.ORDER.COMPLETED",
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED",
    "PAYMENT.AUTHORIZATION.CREATED",
    "PAYMENT.AUTHORIZATION.VOIDED",
    "PAYMENT.CAPTURE.COMPLETED",
    "PAYMENT.CAPTURE.DECLINED",
    "PAYMENT.CAPTURE.DENIED",
    "PAYMENT.CAPTURE.PENDING",
    "PAYMENT.CAPTURE.REFUNDED",
    "PAYMENT.CAPTURE.REVERSED",
    "CUSTOMER.DISPUTE.CREATED",
    "CUSTOMER.DISPUTE.UPDATED",
    "CUSTOMER.DISPUTE.RESOLVED",
)
# PayPal has no event for a refund that ends, or comes back: sweeps and reconciliation ask for it.
_OF_REFUNDS = ("PAYMENT.CAPTURE.REFUNDED", "PAYMENT.CAPTURE.REVERSED")


def verified(
    body: bytes, headers: Mapping[str, str], credentials: PayPalCredentials, now: float
) -> WebhookEnvelope:
    """Signed by PayPal, for this webhook, not long ago. Raises InvalidSignature, UnreadableWebhook,
    ProviderUnavailable."""
    if not credentials.webhook_id:
        raise InvalidSignature
    transmission, sent, signature, url, algorithm = (headers.get(name, "") for name in HEADERS)
    sent_at = _moment(sent)
    at = datetime.fromtimestamp(now, UTC)
    if algorithm != _ALGORITHM or not at - _OLDEST <= sent_at <= at + _FUTURE:
        raise InvalidSignature
    message = f"{transmission}|{sent}|{credentials.webhook_id}|{zlib.crc32(body)}"
    key = signing_key(url, environment=credentials.environment, at=at)
    try:
        key.verify(
            base64.b64decode(signature, validate=True),
            message.encode(),
            padding.PKCS1v15(),
            SHA256(),
        )
        event = json.loads(body)
        return WebhookEnvelope(
            event_id=str(event["id"]), event_type=str(event["event_type"]), sent_at=sent_at
        )
    except RecursionError:
        raise UnreadableWebhook from None
    except (WrongSignature, binascii.Error, ValueError, KeyError, TypeError):
        raise InvalidSignature from None


def facts(body: bytes) -> Sequence[Fact]:
    """Of which payment, or whose refunds, a verified event speaks."""
    event = json.loads(body)
    kind, resource = event["event_type"], event.get("resource") or {}
    if kind.startswith("CUSTOMER.DISPUTE."):
        return _dispute_in(resource)
    if kind.startswith(_OF_REFUNDS):
        capture = capture_in(resource)
        return [RefundsChanged(payment_reference=capture)] if capture else []
    reference = _order_in(kind, resource)
    if not reference:
        return []
    return [IntentChanged(reference=reference, metadata=_metadata_in(resource))]


def _dispute_in(resource: Mapping[str, Any]) -> Sequence[Fact]:
    about = resource.get("disputed_transactions") or [{}]
    capture, reference = about[0].get("seller_transaction_id"), resource.get("dispute_id")
    if not capture or not reference:
        return []
    return [DisputeChanged(reference=str(reference), payment_reference=str(capture))]


def _order_in(kind: str, resource: Mapping[str, Any]) -> str:
    if kind == "CHECKOUT.PAYMENT-APPROVAL.REVERSED":
        return str(resource.get("order_id") or "")
    if kind.startswith("CHECKOUT.ORDER."):
        return str(resource.get("id") or "")
    if not kind.startswith(("PAYMENT.CAPTURE.", "PAYMENT.AUTHORIZATION.")):
        return ""
    related = (resource.get("supplementary_data") or {}).get("related_ids") or {}
    # Without its order: the capture, which is known by its own name once it was heard of.
    return str(related.get("order_id") or resource.get("id") or "")


def _metadata_in(resource: Mapping[str, Any]) -> dict[str, str]:
    units = resource.get("purchase_units") or [resource]
    return unpacked(units[0])


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidSignature from None
    if found.tzinfo is None:
        raise InvalidSignature
    return found
