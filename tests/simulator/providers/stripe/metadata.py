"""Metadata of an object and how a request changes it."""

from tests.simulator.providers.stripe.errors import invalid_parameter
from tests.simulator.web.message import JsonObject

PAIRS_MAX, NAME_MAX, VALUE_MAX = 50, 40, 500


def changed(current: dict[str, str], given: dict[str, str] | str) -> dict[str, str]:
    """Return ``current`` with ``given`` merged in; an empty value unsets, '' unsets all."""
    if isinstance(given, str):
        return {}
    for name, value in given.items():
        if len(name) > NAME_MAX or len(value) > VALUE_MAX:
            raise invalid_parameter(
                f"Invalid metadata: names can have up to {NAME_MAX} characters and values up to"
                f" {VALUE_MAX} characters.",
                f"metadata[{name}]",
            )
    merged = {name: value for name, value in {**current, **given}.items() if value}
    if len(merged) > PAIRS_MAX:
        raise invalid_parameter(f"You can have up to {PAIRS_MAX} metadata keys.", "metadata")
    return merged


def apply(target: JsonObject, params: JsonObject) -> None:
    """Change the metadata of ``target`` when the request says so."""
    if "metadata" in params:
        target["metadata"] = changed(target["metadata"], params["metadata"])
