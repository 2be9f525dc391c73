"""A storefront's HTTP client: one shop's host, JSON, standard library only."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode


class StepFailed(Exception):
    """A step of the journey was not answered as it should."""


class Storefront:
    """Speaks to the shop that answers on `host` at 127.0.0.1:`port`, and times every call."""

    def __init__(self, *, host: str, port: int, say: Callable[[str], None]) -> None:
        self.base_url, self.host_header = f"http://127.0.0.1:{port}", f"{host}:{port}"
        self._say = say
        self.headers: dict[str, str] = {}

    def call(self, title: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send JSON to the shop's API and return the parsed answer. Raises StepFailed."""
        request = urllib.request.Request(  # noqa: S310 - our own loopback address
            f"{self.base_url}/api/v1/{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={
                "Host": self.host_header,
                "Content-Type": "application/json",
                **self.headers,
                **headers,
            },
        )
        content = self.send(title, request)
        return json.loads(content) if content else None

    def form(self, title: str, url: str, **fields: str) -> Any:
        """Post a form to the payment provider, as its browser library does. Raises StepFailed."""
        request = urllib.request.Request(  # noqa: S310 - the simulator's address
            url, data=urlencode(fields).encode(), method="POST"
        )
        return json.loads(self.send(title, request))

    def send(self, title: str, request: urllib.request.Request) -> bytes:
        """Send a request, print what it took. Raises StepFailed with the problem's text."""
        started = time.perf_counter()
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                content: bytes = answer.read()
                status = answer.status
        except urllib.error.HTTPError as error:
            raise StepFailed(f"{title}: {error.code} {error.read().decode()[:500]}") from error
        except OSError as error:
            raise StepFailed(f"{title}: nobody answers ({error}); is `up` running?") from error
        took = (time.perf_counter() - started) * 1000
        self._say(f"{took:7.1f} ms  {status}  {title}")
        return content
