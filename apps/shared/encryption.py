"""Text that is encrypted at rest (Fernet: AES-128-CBC with HMAC-SHA256, from `cryptography`).

The first key of FIELD_ENCRYPTION_KEYS encrypts, all of them decrypt: put a new key in front to
rotate.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    """The text as a token that only this deployment can read."""
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Raises cryptography.fernet.InvalidToken when no key fits."""
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS)).decrypt(token.encode()).decode()


@lru_cache(maxsize=4096)
def _known(keys: tuple[str, ...], token: str) -> str:
    """As `decrypt`, for the few that are read with every call: a shop's keys at its providers."""
    return _cipher(keys).decrypt(token.encode()).decode()


def is_of_newest_key(token: str) -> bool:
    """Whether the first key made it."""
    try:
        Fernet(settings.FIELD_ENCRYPTION_KEYS[0]).decrypt(token.encode())
    except InvalidToken:
        return False
    return True


def under_newest_key(token: str) -> str:
    """The same secret in a token that the first key makes.

    Raises cryptography.fernet.InvalidToken when no key fits.
    """
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS)).rotate(token.encode()).decode()


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """A text field whose column holds a Fernet token; the empty string stays empty."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return decrypt(value) if value else value


class EncryptedJSONField(EncryptedTextField):
    """An object of JSON in one Fernet token; the empty object is the empty string."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"default": dict, "blank": True, **options})

    def get_prep_value(self, value: Any) -> Any:
        if value is None or isinstance(value, str):
            return super().get_prep_value(value)
        return super().get_prep_value(json.dumps(value) if value else "")

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        text = super().from_db_value(value, expression, connection)
        return json.loads(text) if text else {}


class EncryptedMapField(models.JSONField):
    """Texts by name, each a Fernet token of its own: which there are is seen without a key."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"default": dict, "blank": True, **options})

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, Mapping):
            value = {name: encrypt(text) for name, text in value.items() if text}
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        tokens = super().from_db_value(value, expression, connection)
        if not isinstance(tokens, Mapping):
            return tokens
        keys = tuple(settings.FIELD_ENCRYPTION_KEYS)
        return {name: _known(keys, token) for name, token in tokens.items()}
