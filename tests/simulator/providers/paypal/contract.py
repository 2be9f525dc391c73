"""PayPal's own description of its API as the contract of requests, and of answers in the tests.

``contract.json`` holds the schemas that are needed here, taken from PayPal's OpenAPI descriptions
(Orders v2 2.13, Payments v2 2.5, Webhooks v1 1.11) without their prose, and of payment sources the
wallet only.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from tests.simulator.providers.paypal.manners import invalid_request

_FILE = Path(__file__).with_name("contract.json")
_PLACES = {
    "order": "orders",
    "order_request": "orders",
    "orders.capture-422": "orders",
    "orders.authorize-422": "orders",
    "authorization-2": "payments",
    "authorizations.void-422": "payments",
    "capture-2": "payments",
    "capture_request": "payments",
    "refund": "payments",
    "refund_request": "payments",
    "captures.refund-422": "payments",
    "event": "webhooks",
    "webhook": "webhooks",
}
_RULES = {"required": "MISSING_REQUIRED_PARAMETER", "pattern": "INVALID_PARAMETER_SYNTAX"}


def check(name: str, body: Any) -> None:
    """Raises Refusal 400 like PayPal for the most telling violation of a request."""
    found = best_match(_validator(name).iter_errors(body))
    if found is not None:
        raise _refusal(found)
    for path in undeclared(name, body):
        raise invalid_request("INVALID_PARAMETER", path, "The simulator knows no such parameter.")


def violations(name: str, answer: Any) -> list[str]:
    """Return what is wrong with an answer, members that PayPal does not declare included."""
    errors = [f"{one.json_path}: {one.message}" for one in _validator(name).iter_errors(answer)]
    return errors + [f"{path} is not declared" for path in undeclared(name, answer)]


def undeclared(name: str, value: Any) -> Iterator[str]:
    """Paths of members that the schema does not name."""
    return _undeclared(_contract()[_PLACES[name]][name], value, "")


@cache
def _contract() -> Any:
    return json.loads(_FILE.read_text())


@cache
def _validator(name: str) -> Draft202012Validator:
    # Not `$ref` alone at the top: the referred schemas must be found in the same document.
    return Draft202012Validator({**_contract(), "$ref": f"#/{_PLACES[name]}/{name}"})


def _undeclared(schema: Any, value: Any, path: str) -> Iterator[str]:
    if isinstance(value, list):
        items = _resolved(schema).get("items", {})
        for number, one in enumerate(value):
            yield from _undeclared(items, one, f"{path}/{number}")
        return
    declared = _properties(schema)
    if not isinstance(value, dict) or not declared:
        return
    for name, inner in value.items():
        if name not in declared:
            yield f"{path}/{name}"
        else:
            yield from _undeclared(declared[name], inner, f"{path}/{name}")


def _properties(schema: Any) -> dict[str, Any]:
    """What an object may have, with all that its schema is made of."""
    whole = _resolved(schema)
    found = dict(whole.get("properties", {}))
    for part in (*whole.get("allOf", ()), *whole.get("anyOf", ()), *whole.get("oneOf", ())):
        found |= _properties(part)
    return found


def _resolved(schema: Any) -> dict[str, Any]:
    while "$ref" in schema:
        _, place, name = schema["$ref"].split("/", 2)
        schema = _contract()[place][name]
    return dict(schema)


def _refusal(error: ValidationError) -> Exception:
    field = "/" + "/".join(str(step) for step in error.absolute_path)
    return invalid_request(
        _RULES.get(str(error.validator), "INVALID_PARAMETER_VALUE"), field, error.message
    )
