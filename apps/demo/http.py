"""A storefront's HTTP client: one shop's host, JSON, standard library only."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

T = TypeVar("T")
_PATIENCE_SECONDS = 30.0


class StepFailed(Exception):
    """A step of the journey was not answered as it should."""


def post_json(title: str, url: str, body: Any) -> Any:
    """Ask the simulator for something. Raises StepFailed."""
    request = urllib.request.Request(  # noqa: S310 - the simulator's address
        url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.loads(answer.read())
    except OSError as error:
        raise StepFailed(f"{title}: {error}") from error


class Storefront:
    """Speaks to the shop that answers on `host` at 127.0.0.1:`port`, and times every call."""

    def __init__(self, *, host: str, port: int, say: Callable[[str], None]) -> None:
        self.base_url, self.host_header = f"http://127.0.0.1:{port}", f"{host}:{port}"
        self._say = say
        self._waits = False
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
        if not self._waits:
            self._tell(started, f"{status}  {title}")
        return content

    def wait_for(self, title: str, ask: Callable[[], T], good: Callable[[T], bool]) -> T:
        """Ask until the answer is good, told as one step. Raises StepFailed after 30 s."""
        self._waits, started = True, time.perf_counter()
        pause = 0.02
        try:
            while not good(found := ask()):
                if time.perf_counter() - started > _PATIENCE_SECONDS:
                    raise StepFailed(f"{title}: not there after {_PATIENCE_SECONDS:.0f} s")
                time.sleep(pause)
                pause = min(pause * 1.5, 1.0)
        finally:
            self._waits = False
        self._tell(started, f"---  {title}")
        return found

    def _tell(self, started: float, text: str) -> None:
        self._say(f"{(time.perf_counter() - started) * 1000:7.1f} ms  {text}")
