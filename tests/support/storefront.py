"""A storefront that speaks to the web processes over real HTTP."""

import http.client
import json
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from config.local.supervisor.ports import LOOPBACK

TIMEOUT_SECONDS = 30.0
_PROBLEM_MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id"}


@dataclass(frozen=True)
class Answer:
    """What came back, and how long it took."""

    status_code: int
    headers: http.client.HTTPMessage
    content: bytes
    seconds: float

    def __getitem__(self, name: str) -> str | None:
        return self.headers[name]

    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def code(self) -> str:
        """A problem's code."""
        return str(self.json()["code"])


@dataclass(frozen=True)
class Storefront:
    """Sends JSON to one host, a connection for each call so that all web processes get some.

    Whatever goes wrong must be told as problem+json: every answer is checked for it.
    """

    port: int
    host: str
    headers: dict[str, str] = field(default_factory=dict)

    def with_headers(self, **headers: str) -> "Storefront":
        """The same client with more headers, e.g. `cart_token="…"` for `Cart-Token`."""
        return Storefront(self.port, self.host, {**self.headers, **headers})

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, None, headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        """With a fresh Idempotency-Key unless one is given; an empty one sends none."""
        return self.send("POST", path, {} if body is None else body, headers)

    def patch(self, path: str, body: Any, **headers: str) -> Answer:
        return self.send("PATCH", path, body, headers)

    def send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        named = {"content_type": "application/json", **self.headers, **headers}
        if method != "GET":
            named.setdefault("idempotency_key", str(uuid4()))
        sent = {name.replace("_", "-"): value for name, value in named.items() if value}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        address = path if path.startswith("/") else f"/api/v1/{path}"
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=TIMEOUT_SECONDS)
        begin = time.monotonic()
        try:
            connection.request(
                method,
                address,
                None if body is None else content,
                {"Host": self.host, **sent},
            )
            response = connection.getresponse()
            answer = Answer(
                response.status, response.headers, response.read(), time.monotonic() - begin
            )
        finally:
            connection.close()
        _refuse_odd_problems(answer, address)
        return answer


def _refuse_odd_problems(answer: Answer, address: str) -> None:
    """RFC 9457, with a code and the request id that the header names too."""
    request_id = answer["Request-Id"]
    assert request_id, f"{address}: {answer.status_code} without a Request-Id"
    if answer.status_code < 400:
        return
    told = f"{address}: {answer.status_code} {answer.content[:500]!r}"
    assert answer["Content-Type"] == "application/problem+json", told
    body = answer.json()
    assert body.keys() >= _PROBLEM_MEMBERS, told
    assert body["status"] == answer.status_code, told
    assert body["request_id"] == request_id, told
    assert body["code"], told
    if answer.status_code == 503:
        assert answer["Retry-After"], told
