"""What the simulator needs to know of a provider."""

import sqlite3
from collections import Counter
from dataclasses import dataclass
from typing import Protocol

from tests.simulator.web.message import Request, Response
from tests.simulator.web.router import Route


@dataclass(frozen=True, slots=True)
class LaterAction:
    """Something that the provider does by itself, when its time has come."""

    account: str
    action: str
    object_id: str


class Provider(Protocol):
    """``prefixes``: the paths whose unknown rest the provider answers in its own manner.

    ``calls``: how often each account called each operation.
    """

    name: str
    prefixes: tuple[str, ...]
    calls: Counter[tuple[str, str]]

    def routes(self) -> list[Route]:
        """Return the API's routes and those of the provider's own control pages."""

    def not_found(self, request: Request) -> Response: ...

    def sign(self, secret: str, payload: bytes, timestamp: int) -> dict[str, str]:
        """Return the headers of one webhook attempt, in seconds since 1970."""

    def run_later(self, connection: sqlite3.Connection, action: LaterAction) -> None: ...
