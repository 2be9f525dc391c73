"""Stripe's form encoding: ``items[0][price]=x&expand[]=y`` to nested values."""

import re
from typing import Any
from urllib.parse import parse_qsl

Params = dict[str, Any]
_SEGMENT = re.compile(r"\[([^\[\]]*)\]")


def parse(encoded: str) -> Params:
    """Return nested dicts and lists of strings. The last of two equal keys wins."""
    result: Params = {}
    nested = False
    for key, value in parse_qsl(encoded, keep_blank_values=True):
        name, bracket, _ = key.partition("[")
        if not bracket or not name:
            result[key] = value
            continue
        nested = True
        _put(result, [name, *_SEGMENT.findall(key[len(name) :])], value)
    return {name: _lists(value) for name, value in result.items()} if nested else result


def _put(target: Params, path: list[str], value: str) -> None:
    for segment in path[:-1]:
        inner = target.get(segment)
        if not isinstance(inner, dict):
            inner = target[segment] = {}
        target = inner
    last = path[-1]
    # ``expand[]=a&expand[]=b`` numbers itself.
    target[last if last else str(len(target))] = value


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    converted = {name: _lists(inner) for name, inner in value.items()}
    if converted and all(name.isdecimal() for name in converted):
        return [converted[name] for name in sorted(converted, key=int)]
    return converted
