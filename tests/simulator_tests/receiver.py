"""A shop's webhook endpoint: keeps what comes and answers what it is told to."""

import threading
import time
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import stripe

EVENTS: list[Any] = ["*"]


@dataclass(frozen=True, slots=True)
class Received:
    body: bytes
    signature: str
    host: str
    at: float
    headers: Message

    @property
    def event(self) -> dict[str, Any]:
        parsed: dict[str, Any] = orjson.loads(self.body)
        return parsed


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class Receiver:
    """Listens on a free port. ``statuses`` are the next answers; after them it is always 200.

    ``idle_seconds``: how long a connection is kept without a request; 0 closes it after each.
    """

    def __init__(self, idle_seconds: float = 0) -> None:
        self._idle_seconds = idle_seconds
        self.received: list[Received] = []
        self.statuses: list[int] = []
        self.secret = ""
        self._lock = threading.Lock()
        self._server = self._listen(0)
        self.port = int(self._server.server_address[1])

    @property
    def types(self) -> list[str]:
        return [one.event.get("type", "") for one in self.received]

    def listen_to(self, client: stripe.StripeClient, host: str = "shop.localhost") -> str:
        """Register with the account of ``client``; return the endpoint's id."""
        endpoint = client.v1.webhook_endpoints.create(
            {"url": f"http://{host}:{self.port}/webhooks?from=stripe", "enabled_events": EVENTS}
        )
        assert endpoint.secret is not None
        self.secret = endpoint.secret
        return endpoint.id

    def verified(self, one: Received) -> stripe.Event:
        event: stripe.Event = stripe.Webhook.construct_event(one.body, one.signature, self.secret)
        return event

    def wait_for(self, count: int, seconds: float = 10.0) -> list[Received]:
        """Return the first ``count`` deliveries. Raises TimeoutError when fewer come."""
        end = time.monotonic() + seconds
        while len(self.received) < count:
            if time.monotonic() > end:
                raise TimeoutError(f"{len(self.received)} of {count} webhooks came: {self.types}")
            time.sleep(0.01)
        return self.received[:count]

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def come_back(self) -> None:
        """Listen again on the port that ``stop`` gave up."""
        self._server = self._listen(self.port)
        self.start()

    def _listen(self, port: int) -> ThreadingHTTPServer:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.take(body, self.headers))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        if self._idle_seconds:
            Handler.protocol_version = "HTTP/1.1"
            Handler.timeout = self._idle_seconds
        return _Server(("127.0.0.1", port), Handler)

    def take(self, body: bytes, headers: Any) -> int:
        with self._lock:
            signature = headers["Stripe-Signature"]
            self.received.append(Received(body, signature, headers["Host"], time.time(), headers))
            return self.statuses.pop(0) if self.statuses else 200
