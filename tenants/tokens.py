"""Keys of the platform's API: 256 random bits, of which only the SHA-256 is stored."""

import hashlib
import re
import secrets

_PREFIX = "skp_"
_TOKEN = re.compile(r"skp_[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """`skp_` and 32 random bytes in URL-safe Base64."""
    return _PREFIX + secrets.token_urlsafe(32)


def digest_of(token: str) -> bytes | None:
    """What is stored of a token; None for a text that cannot be one."""
    return hashlib.sha256(token.encode()).digest() if _TOKEN.fullmatch(token) else None


def ending_of(token: str) -> str:
    """By what people recognise a token that they have."""
    return token[-4:]
