"""JSON in, strictly: what two parsers could read differently is refused."""

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("an object names a key twice")
    return made


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


class StrictJSONParser(BaseParser):
    """RFC 8259 without its loopholes: UTF-8, no duplicate keys, no NaN, no NUL, no lone surrogate.

    Raises ParseError (400).
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            text = stream.read().decode("utf-8")
            if not text.strip():
                return {}
            if "\\u0000" in text:
                raise ValueError("NUL is not allowed in text")
            data = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
            # Refuses lone surrogates and integers beyond 64 bits, which PostgreSQL could not keep.
            orjson.dumps(data)
        except RecursionError:
            raise ParseError("The body is not valid JSON: it is nested too deeply.") from None
        except (ValueError, TypeError) as error:
            raise ParseError(f"The body is not valid JSON: {error}") from None
        return data
