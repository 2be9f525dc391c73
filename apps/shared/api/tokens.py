"""Tokens that open one object: a MAC of its id, so that nothing needs to be stored.

The tenant is part of what is signed: a token of one shop never opens anything in another.
"""

from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.shared.schema import current_schema


def _mac(purpose: str, value: UUID, secret: str | bytes) -> str:
    signed = f"{current_schema()}:{value.hex}"
    return salted_hmac(f"galleria.{purpose}", signed, secret=secret, algorithm="sha256").hexdigest()


def access_token(purpose: str, value: UUID) -> str:
    """The token for object `value`, e.g. `access_token("cart", cart_id)`: 64 hex digits."""
    return _mac(purpose, value, settings.SECRET_KEY)


def token_opens(purpose: str, value: UUID, token: str) -> bool:
    """Whether `token` is the object's own, under the present or a former SECRET_KEY."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any([constant_time_compare(_mac(purpose, value, key), token) for key in keys])
