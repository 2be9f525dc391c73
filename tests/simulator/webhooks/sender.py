"""One POST to a receiver, over a connection that is kept."""

import http.client
import os
from dataclasses import dataclass
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 10.0
Peer = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Result:
    """``status`` is None when no answer came; ``error`` then says why."""

    status: int | None
    error: str | None = None

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Sender:
    """Belongs to one thread; keeps a connection for each receiver."""

    def __init__(self) -> None:
        self._connections: dict[Peer, http.client.HTTPConnection] = {}

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Result:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        peer = (parts.scheme, parts.hostname or "", parts.port or (443 if secure else 80))
        target = parts.path or "/"
        if parts.query:
            target += f"?{parts.query}"
        return self._send(peer, target, body, {"Host": parts.netloc, **headers})

    def _send(self, peer: Peer, target: str, body: bytes, headers: dict[str, str]) -> Result:
        kept = peer in self._connections
        connection = self._connections.get(peer) or _connect(peer)
        self._connections[peer] = connection
        try:
            connection.request("POST", target, body, headers)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connections.pop(peer).close()
            if kept and isinstance(error, ConnectionError):
                # The receiver closed an idle connection just now: that is no answer of its.
                return self._send(peer, target, body, headers)
            return Result(None, f"{type(error).__name__}: {error}")
        if response.will_close:
            self._connections.pop(peer).close()
        return Result(response.status)


def _connect(peer: Peer) -> http.client.HTTPConnection:
    scheme, host, port = peer
    if host == "localhost" or host.endswith(".localhost"):
        # RFC 6761 gives all of .localhost to the loopback, but not every libc resolves it; in
        # containers the shops are on another host.
        host = os.environ.get("SIMULATOR_LOCALHOST", "127.0.0.1")
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    return kind(host, port, timeout=TIMEOUT_SECONDS)
