"""What goes in and out of a handler."""

from dataclasses import dataclass, field
from email.message import Message
from typing import Any

import orjson

JsonObject = dict[str, Any]


@dataclass(slots=True)
class Request:
    """One HTTP request; header names are matched without regard to case."""

    method: str
    path: str
    query: str
    headers: Message
    body: bytes
    path_params: dict[str, str] = field(default_factory=dict)

    def json(self) -> JsonObject:
        """Return the body as a JSON object; an empty body is an empty object.

        Raises BadRequest when the body is something else.
        """
        if not self.body:
            return {}
        try:
            value = orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise BadRequest(f"The body is not JSON: {error}") from error
        if not isinstance(value, dict):
            raise BadRequest("The body must be a JSON object.")
        return value


@dataclass(slots=True)
class Response:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


def json_response(value: object, status: int = 200) -> Response:
    return Response(status, orjson.dumps(value))


class BadRequest(Exception):
    """A request to the simulator's own pages that makes no sense; answered with 400."""


class NotThere(Exception):
    """A page, mail or object that does not exist; answered with 404."""


class HangUp(Exception):
    """The caller gets no answer: the connection is closed after ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds
