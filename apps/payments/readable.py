"""Webhooks for people to read: indented, shortened, and without what could be misused."""

import json
import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "•••• hidden"
LONGEST_SHOWN = 65_536
# Whoever has one of these can act on the payment, or forge a webhook within its tolerance.
_SECRET_NAME = re.compile(r"secret|signature|authorization|token|api_key", re.IGNORECASE)
_SECRET_MEMBER = re.compile(
    r'("[^"]*(?:secret|signature|authorization|token|api_key)[^"]*"\s*:\s*)"(?:[^"\\]|\\.)*"?',
    re.IGNORECASE,
)


def readable_headers(headers: Mapping[str, str]) -> str:
    """The headers that were kept, secrets masked."""
    return _readable(dict(headers))


def readable_body(body: bytes) -> str:
    """The body indented when it is JSON and as it is when not, shortened, secrets masked."""
    text = body[:LONGEST_SHOWN].decode(errors="replace")
    shortened = f"\n… {len(body)} bytes in all" if len(body) > LONGEST_SHOWN else ""
    try:
        return _readable(json.loads(text))
    except (ValueError, RecursionError):
        return _SECRET_MEMBER.sub(rf'\1"{HIDDEN}"', text) + shortened


def _readable(value: Any) -> str:
    return json.dumps(_without_secrets(value), indent=2, ensure_ascii=False)


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: HIDDEN if inner and _SECRET_NAME.search(name) else _without_secrets(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_without_secrets(inner) for inner in value]
    return value
