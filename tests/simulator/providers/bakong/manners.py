"""Who calls Bakong's API, and how it refuses. Tokens are JWTs, told apart by what they carry."""

import base64
import binascii
import json
import time

from tests.simulator.providers.counter import Operation, Refusal
from tests.simulator.web.message import JsonObject, Request

PROVIDER = "bakong"
TOKEN_LIFE_SECONDS = 90 * 24 * 60 * 60
# Names of the open door: they need no token.
_OPEN = ("/bakong/v1/renew_token",)


def answer(message: str, data: object = None) -> JsonObject:
    return {"responseCode": 0, "responseMessage": message, "errorCode": None, "data": data}


def failure(code: int, message: str) -> JsonObject:
    return {"responseCode": 1, "responseMessage": message, "errorCode": code, "data": None}


def email_of(account: str) -> str:
    return f"{account}@merchant.example"


def account_of_email(email: object) -> str | None:
    name, _, host = str(email).partition("@")
    return name if host == "merchant.example" and name else None


def new_token(account: str, *, now: float, life: float = TOKEN_LIFE_SECONDS) -> str:
    claims = {"data": {"id": account}, "iat": int(now), "exp": int(now + life)}
    parts = ({"alg": "HS256", "typ": "JWT"}, claims, {"simulated": True})
    return ".".join(_encoded(part) for part in parts)


class BakongManners:
    """See ``Manners``."""

    name: str = PROVIDER

    def account_of(self, request: Request, operation: Operation) -> str:
        if operation.template in _OPEN:
            return account_of_email(request.json().get("email")) or "nobody"
        claims = _claims((request.headers.get("Authorization") or "").removeprefix("Bearer "))
        if claims is None or claims["exp"] < time.time():
            raise Refusal(401, failure(6, "Unauthorized, not yet requested for token or expired"))
        return str(claims["data"]["id"])

    def key_of(self, request: Request) -> str | None:
        return None

    def trouble(self, status: int) -> Refusal:
        return Refusal(status, failure(9, "Cannot connect to server. Please try again later."))

    def key_misused(self, key: str) -> Refusal:
        raise AssertionError("Bakong has no keys, none can be misused")

    def malformed(self) -> Refusal:
        return Refusal(400, failure(5, "Missing required fields"))


def _claims(token: str) -> JsonObject | None:
    try:
        found = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        return found if {"exp", "data"} <= set(found) else None
    except (IndexError, ValueError, binascii.Error):
        return None


def _encoded(part: JsonObject) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
