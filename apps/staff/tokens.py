"""Links to set a password: for one person, of one shop, once, for a while. Nothing is stored.

The token is a MAC over what changes when it is used: the password's hash and the last sign-in. Its
life is PASSWORD_RESET_TIMEOUT.
"""

from datetime import datetime
from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator

from apps.shared import clock
from apps.shared.schema import current_schema


class PasswordTokens(PasswordResetTokenGenerator):
    """Django's, bound to the shop, and by the platform's one clock."""

    key_salt = "galleria.staff.password"

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{current_schema()}:{super()._make_hash_value(user, timestamp)}"

    def _now(self) -> datetime:
        return clock.now().replace(tzinfo=None)


password_tokens = PasswordTokens()
