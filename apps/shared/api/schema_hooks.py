"""What happens to a generated OpenAPI document at its end (SPECTACULAR_SETTINGS)."""

from typing import Any

from apps.shared.api.schema_problems import Problem


def say_what_is_open(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """A postprocessing hook: requests take no unknown members (400), problems may have more."""
    for name, schema in result.get("components", {}).get("schemas", {}).items():
        if name.endswith("Request"):
            schema.setdefault("additionalProperties", False)
        elif name == Problem.__name__:
            schema["additionalProperties"] = True
    return result


def keep_used_tags(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """A postprocessing hook: each document has the tags of its own operations."""
    operations = [one for item in result["paths"].values() for one in item.values()]
    used = {tag for one in operations for tag in one.get("tags", [])}
    result["tags"] = [tag for tag in result.get("tags", []) if tag["name"] in used]
    return result


def place_of_parameter(parameter: dict[str, Any]) -> int:
    """Sorts an operation's parameters (SORT_OPERATION_PARAMETERS): its own, then headers."""
    return ("path", "query", "header", "cookie").index(parameter["in"])
