"""Bearer tokens of customers: 256 random bits, of which only the SHA-256 is stored."""

import hashlib
import re
import secrets
from datetime import timedelta

LIFETIME = timedelta(days=30)
_PREFIX = "ctk_"
_TOKEN = re.compile(r"ctk_[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """`ctk_` and 32 random bytes in URL-safe Base64."""
    return _PREFIX + secrets.token_urlsafe(32)


def digest_of(token: str) -> bytes | None:
    """What is stored of a token; None for a text that cannot be one."""
    return hashlib.sha256(token.encode()).digest() if _TOKEN.fullmatch(token) else None
