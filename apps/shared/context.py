"""Who asks, and under which request id: for logs, events and tasks."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
actor: ContextVar[str] = ContextVar("actor", default="system")


@contextmanager
def acting(*, request: str = "", as_actor: str = "") -> Iterator[None]:
    """Set either for a while."""
    tokens = [
        (variable, variable.set(value))
        for variable, value in ((request_id, request), (actor, as_actor))
        if value
    ]
    try:
        yield
    finally:
        for variable, token in reversed(tokens):
            variable.reset(token)
