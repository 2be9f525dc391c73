"""JSON in, strictly: what two parsers could read differently is refused."""

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser


class _Refused(ValueError):
    """Valid for Python's reader, and not for us. The message is shown to the caller."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Refused("an object names a key twice")
    return made


def _constant(name: str) -> NoReturn:
    raise _Refused(f"{name} is not a number")


class StrictJSONParser(BaseParser):
    """RFC 8259 without its loopholes: UTF-8, no duplicate keys, no NaN, no NUL, no lone surrogate.

    Raises ParseError (400), RequestDataTooBig (413) when there is more than
    DATA_UPLOAD_MAX_MEMORY_SIZE, which is all that is ever read.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        longest: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(longest + 1)
        if len(body) > longest:
            raise RequestDataTooBig
        try:
            return _read(body)
        except RecursionError:
            reason = "it is nested too deeply"
        except UnicodeDecodeError:
            reason = "it is not UTF-8"
        except json.JSONDecodeError as error:
            reason = f"{error.msg} at line {error.lineno}, column {error.colno}"
        except _Refused as error:
            reason = str(error)
        except (ValueError, TypeError):
            reason = "it holds a number or a text that cannot be kept"
        raise ParseError(f"The body is not valid JSON: {reason}.")


def _read(body: bytes) -> Any:
    text = body.decode("utf-8")
    if not text.strip():
        return {}
    if "\\u0000" in text:
        raise _Refused("NUL is not allowed in text")
    data = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    # Refuses lone surrogates, integers beyond 64 bits and what is nested deeper than 254 levels.
    orjson.dumps(data)
    return data
