"""Asks whether a service answers yet."""

import asyncio
import socket

from config.local.errors import LocalError
from config.local.server import Server
from config.local.supervisor.supervisor import Probe

_TIMEOUT_SECONDS = 2.0
LOOPBACK = "127.0.0.1"


def server_ready(server: Server) -> Probe:
    """A probe of an embedded server."""

    async def probe() -> bool:
        return await asyncio.to_thread(server.ready)

    return probe


def http_ok(*, port: int, path: str, host: str) -> Probe:
    """A probe that is satisfied by the answer 200 to `GET path` with the header `Host: host`."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()

    async def status_line() -> bytes:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        try:
            writer.write(request)
            await writer.drain()
            return await reader.readline()
        finally:
            writer.close()

    async def probe() -> bool:
        try:
            line = await asyncio.wait_for(status_line(), _TIMEOUT_SECONDS)
        except (OSError, TimeoutError):
            return False
        return line.split()[1:2] == [b"200"]

    return probe


def require_free(port: int, *, hint: str) -> None:
    """Raises LocalError when another program listens on `port`."""
    if not is_free(port):
        raise LocalError(f"port {port} is taken by another program: {hint}")


def is_free(port: int) -> bool:
    """Whether the port can be listened on (without sharing it, as a web server's workers would)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port(preferred: int) -> int:
    """`preferred` if nobody has it, else one that is free."""
    if is_free(preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
