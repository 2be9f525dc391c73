"""Bakong's tokens: JWTs that live for 90 days, renewed by the e-mail of who asked for them."""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from apps.payments.errors import ProviderRefused
from apps.payments.gateways.bakong.calls import bakong_call
from apps.payments.gateways.bakong.credentials import BakongCredentials

# The bank may be away for days without anybody's losing payments.
_RENEWED_BEFORE = timedelta(days=14)


def renew_token(credentials: BakongCredentials, *, now: datetime) -> Mapping[str, str]:
    """Another token, once the one we have is near its end; nothing while it is good.

    Raises ProviderUnavailable, ProviderRefused.
    """
    ends_at = end_of(credentials.token)
    if ends_at is not None and ends_at > now + _RENEWED_BEFORE:
        return {}
    answer = bakong_call("renew_token", {"email": credentials.email})
    if answer["responseCode"]:
        raise ProviderRefused(str(answer.get("responseMessage", "")), reason="token_not_renewed")
    return {"token": str(answer["data"]["token"])}


def end_of(token: str) -> datetime | None:
    """When a token says that it ends; None when it does not say. Only the bank can verify it."""
    try:
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        return datetime.fromtimestamp(int(claims["exp"]), UTC)
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return None
