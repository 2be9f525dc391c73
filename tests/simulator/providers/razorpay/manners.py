"""Who calls Razorpay, and how Razorpay refuses."""

import base64
import binascii

from tests.simulator.providers.counter import Operation, Refusal
from tests.simulator.web.message import Request

PROVIDER = "razorpay"
_KEY = "rzp_test_"
_SECRET = "secret_"
_SHORTEST_KEY = 10


def bad_request(description: str, *, field: str = "", reason: str = "") -> Refusal:
    return Refusal(400, _body("BAD_REQUEST_ERROR", description, field=field, reason=reason))


class RazorpayManners:
    """See ``Manners``. Any key ``rzp_test_<account>`` with ``secret_<account>`` works."""

    name: str = PROVIDER

    def account_of(self, request: Request, operation: Operation) -> str:
        given = request.headers.get("Authorization") or ""
        try:
            pair = base64.b64decode(given.removeprefix("Basic "), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            pair = ""
        key, _, secret = pair.partition(":")
        account = key.removeprefix(_KEY)
        if not account or account == key or secret != secret_of(account):
            raise Refusal(401, _body("BAD_REQUEST_ERROR", "Authentication failed"))
        return account

    def key_of(self, request: Request) -> str | None:
        """Only refunds have one."""
        key = request.headers.get("X-Refund-Idempotency")
        if key is not None and (
            len(key) < _SHORTEST_KEY or not key.replace("-", "").replace("_", "").isalnum()
        ):
            raise bad_request("The idempotency key is too short or has other characters.")
        return key

    def trouble(self, status: int) -> Refusal:
        if status == 429:
            return Refusal(429, _body("BAD_REQUEST_ERROR", "Request failed: too many requests"))
        return Refusal(status, _body("SERVER_ERROR", "We are facing some trouble completing this."))

    def key_misused(self, key: str) -> Refusal:
        return bad_request("Different request body sent with the same idempotency key.")

    def malformed(self) -> Refusal:
        return bad_request("The request body is no JSON.")


def secret_of(account: str) -> str:
    return _SECRET + account


def _body(code: str, description: str, *, field: str = "", reason: str = "") -> object:
    return {
        "error": {
            "code": code,
            "description": description,
            "source": "business",
            "step": "payment_initiation",
            "reason": reason or "input_validation_failed",
            "metadata": {},
            **({"field": field} if field else {}),
        }
    }
