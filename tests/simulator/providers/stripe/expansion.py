"""The ``expand`` parameter: ids in an answer replaced by their objects."""

from typing import Any

from tests.simulator.providers.stripe.account import Account
from tests.simulator.providers.stripe.errors import invalid_parameter
from tests.simulator.web.message import JsonObject

DEPTH_MAX = 4


def expand(account: Account, answer: JsonObject, paths: list[str]) -> None:
    """Expand ``answer`` in place. Raises StripeError for a property that cannot be expanded."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEPTH_MAX or not _walk(account, answer, steps):
            raise invalid_parameter(f"This property cannot be expanded ({path}).", "expand")


def _walk(account: Account, value: Any, steps: list[str]) -> bool:
    if isinstance(value, list):
        return all(_walk(account, one, steps) for one in value)
    if not isinstance(value, dict) or steps[0] not in value:
        return False
    inner = value[steps[0]]
    if isinstance(inner, str):
        inner = value[steps[0]] = account.find_any(inner) or inner
        if isinstance(inner, str):
            return False
    if inner is None or len(steps) == 1:
        return True
    return _walk(account, inner, steps[1:])
