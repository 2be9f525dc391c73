"""Who is calling: the account is told by its key."""

import base64
import binascii
import re
from dataclasses import dataclass

from tests.simulator.providers.stripe.errors import StripeError
from tests.simulator.providers.stripe.form import Params
from tests.simulator.web.message import Request

_KEY = re.compile(r"(sk|pk)_test_([A-Za-z0-9_-]{1,100})")
# The one account whose key opens others, those named by Stripe-Account (Connect).
PLATFORM = "platform"
_NO_KEY = (
    "You did not provide an API key. You need to provide your API key in the Authorization header,"
    " using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See"
    " https://stripe.com/docs/api#authentication for details."
)
_SECRET_ONLY = (
    "This API call cannot be made with a publishable API key. Please use a secret API key. You can"
    " find a list of your API keys at https://dashboard.stripe.com/account/apikeys."
)


@dataclass(frozen=True, slots=True)
class Caller:
    """``client_secret`` is what a browser, which has no secret key, must know of the object."""

    account: str
    secret: bool
    client_secret: str | None = None


def identify(request: Request, params: Params) -> Caller:
    """Return the caller, and take ``key`` and ``client_secret`` out of a browser's ``params``.

    Raises StripeError 401 for a missing or malformed key, 403 for another account's work.
    """
    key = _header_key(request) or params.pop("key", None)
    if not key:
        raise StripeError(_NO_KEY, status=401, executed=False)
    match = _KEY.fullmatch(str(key))
    if match is None:
        masked = f"{key[:7]}{'*' * max(len(key) - 11, 0)}{key[-4:]}"
        raise StripeError(f"Invalid API Key provided: {masked}", status=401, executed=False)
    kind, account = match.groups()
    connected = request.headers.get("Stripe-Account")
    if connected and account == PLATFORM:
        account = connected
    else:
        _refuse_connect(request, key)
    if kind == "sk":
        return Caller(account, secret=True)
    return Caller(account, secret=False, client_secret=params.pop("client_secret", None))


def require_secret_key(caller: Caller) -> None:
    if not caller.secret:
        raise StripeError(_SECRET_ONLY, status=403, code="secret_key_required", executed=False)


def _header_key(request: Request) -> str | None:
    scheme, _, value = (request.headers.get("Authorization") or "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return None


def _refuse_connect(request: Request, key: str) -> None:
    other = request.headers.get("Stripe-Account")
    if other:
        raise StripeError(
            f"The provided key '{key[:11]}...' does not have access to account '{other}' (or that"
            " account does not exist). Application access may have been revoked.",
            status=403,
            code="account_invalid",
            executed=False,
        )
