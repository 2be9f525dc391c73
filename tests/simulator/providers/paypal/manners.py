"""Who calls PayPal, and how PayPal refuses."""

import base64
import binascii
import secrets

from tests.simulator.providers.counter import Operation, Refusal
from tests.simulator.web.message import JsonObject, Request

PROVIDER = "paypal"
TOKEN_LIFE_SECONDS = 32_400
_CLIENT = "client_"
_SECRET = "secret_"
_TOKEN = "A21AA_"
DOCS = "https://developer.paypal.com/docs/api/orders/v2/"


def refusal(
    status: int, name: str, issue: str, description: str, *, keeps_effects: bool = False
) -> Refusal:
    """PayPal's error object, with one detail."""
    body: JsonObject = {
        "name": name,
        "message": _MESSAGES.get(name, description),
        "debug_id": secrets.token_hex(7),
        "details": [{"issue": issue, "description": description}],
        "links": [{"href": f"{DOCS}#error-{issue}", "rel": "information_link", "method": "GET"}],
    }
    return Refusal(status, body, keeps_effects=keeps_effects)


def unprocessable(issue: str, description: str, *, keeps_effects: bool = False) -> Refusal:
    return refusal(422, "UNPROCESSABLE_ENTITY", issue, description, keeps_effects=keeps_effects)


def not_found(what: str) -> Refusal:
    return refusal(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID", f"{what} does not exist.")


def invalid_request(issue: str, field: str, description: str) -> Refusal:
    found = refusal(400, "INVALID_REQUEST", issue, description)
    found.body["details"][0] |= {"field": field, "location": "body"}  # type: ignore[index]
    return found


class PayPalManners:
    """See ``Manners``. Any client ``client_<account>`` with ``secret_<account>`` works."""

    name: str = PROVIDER

    def account_of(self, request: Request, operation: Operation) -> str:
        given = request.headers.get("Authorization") or ""
        if operation.template.endswith("/v1/oauth2/token"):
            return _account_of_client(given)
        account = given.removeprefix(f"Bearer {_TOKEN}")
        if account == given or not account:
            raise _unauthorized()
        return account

    def key_of(self, request: Request) -> str | None:
        if request.path.endswith("/oauth2/token"):
            return None
        return request.headers.get("PayPal-Request-Id")

    def trouble(self, status: int) -> Refusal:
        if status == 429:
            return refusal(429, "RATE_LIMIT_REACHED", "RATE_LIMIT_REACHED", "Too many requests.")
        name = "INTERNAL_SERVER_ERROR" if status == 500 else "SERVICE_UNAVAILABLE"
        return refusal(status, name, name, "An internal server error has occurred.")

    def key_misused(self, key: str) -> Refusal:
        return unprocessable(
            "PAYPAL_REQUEST_ID_REUSED", "The PayPal-Request-Id was used with another request."
        )

    def malformed(self) -> Refusal:
        return invalid_request(
            "MALFORMED_REQUEST_JSON", "/", "The request JSON is not well formed."
        )


def token_of(account: str) -> JsonObject:
    return {
        "scope": "https://uri.paypal.com/services/payments/payment",
        "access_token": f"{_TOKEN}{account}",
        "token_type": "Bearer",
        "app_id": "APP-80W284485P519543T",
        "expires_in": TOKEN_LIFE_SECONDS,
        "nonce": secrets.token_hex(8),
    }


def _account_of_client(authorization: str) -> str:
    try:
        pair = base64.b64decode(authorization.removeprefix("Basic "), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        pair = ""
    client, _, secret = pair.partition(":")
    account = client.removeprefix(_CLIENT)
    if not account or account == client or secret != _SECRET + account:
        raise Refusal(
            401,
            {"error": "invalid_client", "error_description": "Client Authentication failed"},
        )
    return account


def _unauthorized() -> Refusal:
    found = refusal(401, "AUTHENTICATION_FAILURE", "INVALID_TOKEN", "The token is not valid.")
    found.body.pop("details")  # type: ignore[attr-defined]
    return found


_MESSAGES = {
    "UNPROCESSABLE_ENTITY": "The requested action could not be performed, semantically incorrect,"
    " or failed business validation.",
    "RESOURCE_NOT_FOUND": "The specified resource does not exist.",
    "INVALID_REQUEST": "Request is not well-formed, syntactically incorrect, or violates schema.",
    "AUTHENTICATION_FAILURE": "Authentication failed due to invalid authentication credentials or"
    " a missing Authorization header.",
}
