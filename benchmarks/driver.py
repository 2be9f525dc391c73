"""An HTTP client that costs little: requests over a few kept connections, one thread.

Each connection sends its next request when the answer to the last one is there, as a storefront
does. Only what the measurements need is understood: HTTP/1.1 answers with a Content-Length.
"""

import resource
import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Load:
    """What a load came to. Latencies in seconds, CPU in seconds of this process."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    latencies: dict[int, list[float]] = field(default_factory=dict)
    bodies: dict[int, bytes] = field(default_factory=dict)

    @property
    def answers(self) -> Counter[int]:
        """How many answers of each status."""
        return Counter({status: len(times) for status, times in self.latencies.items()})

    @property
    def total(self) -> int:
        """How many answers in all."""
        return sum(self.answers.values())

    def per_second(self, status: int) -> float:
        """Answers of this status per second."""
        return len(self.latencies.get(status, [])) / self.seconds

    def quantile(self, status: int, share: float) -> float:
        """A latency of this status, in milliseconds; NaN when there was none."""
        return quantile(self.latencies.get(status, []), share)


def quantile(seconds: list[float], share: float) -> float:
    """Of latencies in seconds, in milliseconds; NaN when there are none."""
    times = sorted(seconds)
    return times[min(int(len(times) * share), len(times) - 1)] * 1000 if times else float("nan")


class Connection:
    """One kept connection and the answer that is coming in."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent_at = 0.0
        self._received = b""

    def send(self, request: bytes) -> None:
        """Ask; the answer is `take`n when the socket can be read."""
        self._received = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def take(self) -> tuple[int, bytes] | None:
        """Status and body once the answer is whole. Raises ConnectionError when it was cut off."""
        piece = self.socket.recv(262_144)
        if not piece:
            raise ConnectionError("the server closed a connection in the middle")
        self._received += piece
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or len(body) < _content_length(head):
            return None
        return int(head[9:12]), body


def _content_length(head: bytes) -> int:
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


def run_load(
    requests: Iterator[bytes], *, port: int, clients: int, seconds: float = float("inf")
) -> Load:
    """Send `requests` over `clients` connections until they or the time are used up."""
    load = Load()
    with selectors.DefaultSelector() as selector:
        connections = [Connection(port) for _ in range(clients)]
        before, start = used_cpu(), time.perf_counter()
        busy = 0
        for connection in connections:
            request = next(requests, None)
            if request is not None:
                selector.register(connection.socket, selectors.EVENT_READ, connection)
                connection.send(request)
                busy += 1
        while busy:
            for connection in readable(selector):
                answer = connection.take()
                if answer is None:
                    continue
                now = time.perf_counter()
                load.latencies.setdefault(answer[0], []).append(now - connection.sent_at)
                load.bodies.setdefault(answer[0], answer[1])
                request = next(requests, None) if now - start < seconds else None
                if request is None:
                    selector.unregister(connection.socket)
                    busy -= 1
                else:
                    connection.send(request)
        load.seconds = time.perf_counter() - start
        load.cpu_seconds = used_cpu() - before
    for connection in connections:
        connection.socket.close()
    return load


def readable(selector: selectors.BaseSelector) -> list[Connection]:
    """The connections with something to read. Raises TimeoutError after 30 s of silence."""
    found: list[Connection] = [key.data for key, _ in selector.select(timeout=30)]
    if not found:
        raise TimeoutError("no answer for 30 s")
    return found


def used_cpu() -> float:
    """CPU seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def http_request(
    method: str, host: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> bytes:
    """A request as bytes, ready to be sent any number of times."""
    given = {"Content-Type": "application/json"} if body or method != "GET" else {}
    given |= headers or {}
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in given.items()]
    if body or method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body
