"""Stripe's error answers."""

from collections.abc import Callable
from typing import Any

import orjson

from tests.simulator.web.message import JsonObject

DOCS = "https://stripe.com/docs/error-codes/"
# Stripe's own spellings, where they differ from the kind of the object and from "id".
_SPELLINGS = {"payment_method": "PaymentMethod", "webhook_endpoint": "webhook endpoint"}
_PATH_PARAMS = {"payment_intent": "intent", "webhook_endpoint": "webhook_endpoint"}


class StripeError(Exception):
    """One error answer.

    ``executed``: the operation had begun, so that the answer is kept for the idempotency key.
    ``keeps_effects``: what the operation wrote stays (a declined card is a fact).
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        executed: bool = True,
        keeps_effects: bool = False,
        extra: JsonObject | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.executed = executed
        self.keeps_effects = keeps_effects
        self._fields: dict[str, Any] = {"code": code, "message": message, "param": param}
        if code:
            self._fields["doc_url"] = DOCS + code.replace("_", "-")
        self._fields |= {**(extra or {}), "type": type}

    def narrow(self, name: str, view: Callable[[JsonObject], JsonObject]) -> None:
        """Replace an attached object by what its reader may see of it."""
        if name in self._fields:
            self._fields[name] = view(self._fields[name])

    def body(self) -> bytes:
        fields = {name: value for name, value in self._fields.items() if value is not None}
        return orjson.dumps({"error": fields}, option=orjson.OPT_INDENT_2)


def invalid_parameter(message: str, param: str, code: str | None = None) -> StripeError:
    """A parameter that does not fit the contract; found before the operation began."""
    return StripeError(message, code=code, param=param, executed=False)


def no_such(kind: str, id: str, param: str | None = None) -> StripeError:
    """An object that this account does not have.

    Without ``param`` the object is the one in the path: 404. With it, one that ``param`` names.
    """
    spelled = _SPELLINGS.get(kind, kind)
    return StripeError(
        f"No such {spelled}: '{id}'",
        status=400 if param else 404,
        code="resource_missing",
        param=param or _PATH_PARAMS.get(kind, "id"),
    )


def unexpected_state(message: str, payment_intent: JsonObject) -> StripeError:
    return StripeError(
        message,
        code="payment_intent_unexpected_state",
        extra={"payment_intent": payment_intent},
    )
