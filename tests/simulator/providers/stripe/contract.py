"""The SDK's own TypedDicts, which Stripe generates from its API, as the request contract.

They are rewritten once for use at run time: enums are closed (the SDK leaves them open for
values of the future), integers and booleans take Stripe's spellings only, names that are not
declared are refused at every level.
"""

import sys
import threading
import types
from types import SimpleNamespace
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import stripe.params
from pydantic import BeforeValidator, ConfigDict, TypeAdapter
from pydantic_core import PydanticCustomError, ValidationError
from stripe import RequestOptions
from typing_extensions import TypedDict, is_typeddict

from tests.simulator.providers.stripe.form import Params
from tests.simulator.providers.stripe.violations import as_stripe_error

_adapters: dict[str, TypeAdapter[Params]] = {}
_building = threading.Lock()


def check(name: str, params: Params) -> Params:
    """Return ``params`` of the operation with TypedDict ``name``, converted to their types.

    Raises StripeError like Stripe for an unknown, missing or malformed parameter.
    """
    adapter = _adapters.get(name) or _build(name)
    try:
        return adapter.validate_python(params)
    except ValidationError as error:
        raise as_stripe_error(error) from None


def _build(name: str) -> TypeAdapter[Params]:
    with _building:
        if name not in _adapters:
            _adapters[name] = TypeAdapter(_closed_dict(getattr(stripe.params, name)))
        return _adapters[name]


def _closed_dict(declared: Any) -> Any:
    # Options of the SDK's call, such as the API key, share the declaration of some operations;
    # they are headers, not parameters.
    parameters = {
        name: hint
        for name, hint in declared.__annotations__.items()
        if name not in RequestOptions.__annotations__
    }
    hints = get_type_hints(
        SimpleNamespace(__annotations__=parameters),
        globalns=vars(sys.modules[declared.__module__]),
        include_extras=True,
    )
    fields = {name: _closed(hint) for name, hint in hints.items()}
    # Built at run time: no type checker can follow, so it is made as ``Any``.
    functional: Any = TypedDict
    closed = functional(declared.__name__, fields)
    closed.__pydantic_config__ = ConfigDict(extra="forbid")
    return closed


def _closed(hint: Any) -> Any:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (NotRequired, Required):
        return origin[_closed(args[0])]
    if hint in _SCALARS:
        return _SCALARS[hint]
    if origin in (Union, types.UnionType):
        return _closed_union(args)
    if origin in (list, dict):
        return origin[tuple(_closed(arg) for arg in args)]
    return _closed_dict(hint) if is_typeddict(hint) else hint


def _closed_union(members: tuple[Any, ...]) -> Any:
    """Drop the SDK's own object classes, and ``str`` where it only opens an enum."""
    enum = [
        value for one in members if get_origin(one) is Literal for value in get_args(one) if value
    ]
    kept = [
        _closed(one) for one in members if not (one is str and enum) and not _is_sdk_object(one)
    ]
    return Union[tuple(kept)]  # noqa: UP007 (built at run time)


def _is_sdk_object(hint: Any) -> bool:
    kind = get_origin(hint) or hint
    return isinstance(kind, type) and issubclass(kind, stripe.StripeObject)


def _integer(value: Any) -> int:
    if isinstance(value, str) and value.removeprefix("-").isascii():
        if value.removeprefix("-").isdecimal():
            return int(value)
        if not value:
            raise PydanticCustomError("empty", "empty")
    raise PydanticCustomError("int_parsing", "Invalid integer: {value}", {"value": value})


def _boolean(value: Any) -> bool:
    if value in ("true", "false"):
        return bool(value == "true")
    raise PydanticCustomError("bool_parsing", "Invalid boolean: {value}", {"value": value})


_SCALARS: dict[Any, Any] = {
    int: Annotated[int, BeforeValidator(_integer)],
    bool: Annotated[bool, BeforeValidator(_boolean)],
}
