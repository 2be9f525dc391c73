"""Asks whether a service answers yet."""

import asyncio

from config.local.server import Server
from config.local.supervisor.ports import LOOPBACK
from config.local.supervisor.supervisor import Probe

_TIMEOUT_SECONDS = 2.0


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
