"""Compares JSON with an example of it, and with the annotations of the SDK's classes."""

import types
import typing
from typing import Any

import stripe

Json = dict[str, Any]
_NOTHING: frozenset[str] = frozenset()


def unlike(
    ours: Json, example: Json, path: str, excused: typing.Collection[str] = _NOTHING
) -> list[str]:
    """Return what tells ``ours`` from Stripe's example, sorted.

    Fields must be the same, and types where both have a value; inside nested objects, which the
    examples only sketch, ours may have more.
    """
    top = "." not in path
    odd: list[str] = []
    for name in ours.keys() | example.keys():
        inner = f"{path}.{name}"
        if inner in excused:
            continue
        if name not in ours:
            odd.append(f"{inner} is missing")
        elif name not in example:
            odd += [f"{inner} is unknown"] if top else []
        else:
            odd += _unlike_value(ours[name], example[name], inner, excused)
    return sorted(odd)


def _unlike_value(mine: Any, theirs: Any, path: str, excused: typing.Collection[str]) -> list[str]:
    if mine is None or theirs is None:
        return []
    if type(mine) is not type(theirs):
        return [f"{path} is {type(mine).__name__}, not {type(theirs).__name__}"]
    return unlike(mine, theirs, path, excused) if isinstance(mine, dict) else []


def misfits(value: Any, hint: Any, path: str) -> list[str]:
    """Return where ``value`` departs from an annotation of the SDK."""
    if isinstance(hint, typing.ForwardRef | str):
        # The class of a reference that was expanded; what is not expanded is a plain id.
        return [] if isinstance(value, dict) else [f"{path} is no object"]
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return min((misfits(value, one, path) for one in args), key=len)
    return _misfits_of_type(value, origin or hint, args, path)


def _misfits_of_type(value: Any, kind: Any, args: tuple[Any, ...], path: str) -> list[str]:
    if kind is typing.Literal:
        return [] if value in args else [f"{path} is {value!r}, not one of {args[:3]}"]
    if kind is list and isinstance(value, list):
        return [odd for one in value for odd in misfits(one, args[0], f"{path}[]")]
    if issubclass(kind, stripe.StripeObject) and isinstance(value, dict):
        return _misfits_of_object(value, kind, path)
    return [] if type(value) is kind else [f"{path} is {type(value).__name__}, not {kind.__name__}"]


def _misfits_of_object(value: Json, kind: type, path: str) -> list[str]:
    hints = {
        name: hint
        for name, hint in vars(kind).get("__annotations__", {}).items()
        if typing.get_origin(hint) is not typing.ClassVar and not name.startswith("_")
    }
    if not hints:
        return []  # Metadata and the like: free mappings.
    odd = [f"{path}.{name} is unknown" for name in value.keys() - hints.keys()]
    for name, hint in hints.items():
        if name in value:
            odd += misfits(value[name], hint, f"{path}.{name}")
        elif type(None) not in typing.get_args(hint):
            odd.append(f"{path}.{name} is missing")
    return odd
