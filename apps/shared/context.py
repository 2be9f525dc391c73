"""Who asks, from where, and under which request id: for logs, events, tasks and the audit."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
actor: ContextVar[str] = ContextVar("actor", default="system")
# A caller's address, or "worker"; whatever is neither runs as a command.
origin: ContextVar[str] = ContextVar("origin", default="command")


@contextmanager
def acting(*, request: str = "", as_actor: str = "", where: str = "") -> Iterator[None]:
    """Set any of them for a while."""
    tokens = [
        (variable, variable.set(value))
        for variable, value in ((request_id, request), (actor, as_actor), (origin, where))
        if value
    ]
    try:
        yield
    finally:
        for variable, token in reversed(tokens):
            variable.reset(token)
