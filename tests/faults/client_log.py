"""What clients know: each request that matters, and what became of it (INV 4)."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from http.client import HTTPException

from tests.support.live_shops import LiveShop
from tests.support.storefront import Answer, Storefront


class Outcome(Enum):
    """What a client knows after a request."""

    OK = "ok"
    # Refused for good.
    FAILED = "failed"
    # No answer, or one that says: try again.
    UNKNOWN = "unknown"


@dataclass
class Request:
    """One keyed request, as often as it was sent."""

    kind: str
    shop: LiveShop
    client: Storefront
    path: str
    key: str
    answer: Answer | None = None
    tries: int = 0

    @property
    def outcome(self) -> Outcome:
        if self.answer is None:
            return Outcome.UNKNOWN
        return Outcome.OK if self.answer.status_code < 300 else Outcome.FAILED


@dataclass
class ClientLog:
    """Filled by many threads. `violations` are answers that no client may ever get."""

    requests: list[Request] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    # Answers by status, and what came instead of one: how the fault looked from outside.
    seen: Counter[str] = field(default_factory=Counter)
    # Seconds of each answered GET.
    looks: list[float] = field(default_factory=list)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def open(self, kind: str, shop: LiveShop, client: Storefront, path: str, key: str) -> Request:
        """Note that a request is about to be sent."""
        request = Request(kind, shop, client, path, key)
        with self._guard:
            self.requests.append(request)
        return request

    def send(
        self, client: Storefront, method: str, path: str, body: object = None, **headers: str
    ) -> Answer | None:
        """Send anything. None when no answer came, or one that asks to come again."""
        try:
            answer = client.send(method, path, body, headers)
        except (OSError, HTTPException) as error:
            self._count(type(error).__name__)
            return None
        except AssertionError as odd:
            self.violate(f"odd answer: {odd}")
            return None
        self._count(str(answer.status_code))
        if method == "GET":
            self.looks.append(answer.seconds)
        if answer.status_code == 500:
            self.violate(f"{method} {path}: 500 {answer.content[:300]!r}")
        if answer.status_code >= 500 or is_in_flight(answer):
            return None
        return answer

    def settle(self, request: Request) -> Answer | None:
        """Send a noted request (again). An answer it had before must come again, byte for byte."""
        request.tries += 1
        answer = self.send(request.client, "POST", request.path, {}, idempotency_key=request.key)
        before = request.answer
        if answer is None:
            return None
        if before is None:
            request.answer = answer
        elif (before.status_code, before.content) != (answer.status_code, answer.content):
            self.violate(
                f"{request.path} with one key: {before.status_code} {before.content[:200]!r},"
                f" then {answer.status_code} {answer.content[:200]!r}"
            )
        return answer

    def of(self, kind: str) -> list[Request]:
        with self._guard:
            return [one for one in self.requests if one.kind == kind]

    def violate(self, what: str) -> None:
        with self._guard:
            self.violations.append(what)

    def _count(self, what: str) -> None:
        with self._guard:
            self.seen[what] += 1


def is_in_flight(answer: Answer) -> bool:
    """The first request with this key still runs, as far as the server knows."""
    return answer.status_code == 409 and answer.code == "idempotency_in_flight"
