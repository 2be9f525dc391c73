"""The Stripe-Signature header of a webhook."""

import hashlib
import hmac


def sign(secret: str, payload: bytes, timestamp: int) -> dict[str, str]:
    """Return the headers of one attempt; ``timestamp`` is seconds since 1970."""
    signed = str(timestamp).encode() + b"." + payload
    signature = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Stripe-Signature": f"t={timestamp},v1={signature}",
    }
