"""Identifiers in Stripe's shape."""

import secrets


def new_id(prefix: str) -> str:
    """Return for ``pi`` something like ``pi_3Tq0…``: 24 characters after the prefix."""
    return f"{prefix}_{secrets.token_hex(12)}"


def new_client_secret(payment_intent_id: str) -> str:
    return f"{payment_intent_id}_secret_{secrets.token_hex(12)}"


def new_webhook_secret() -> str:
    return f"whsec_{secrets.token_hex(16)}"
