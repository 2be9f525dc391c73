"""A TCP proxy that breaks on demand, between the product's processes and one server.

It runs in a thread of its own. Whatever is asked of it takes effect at once, also on connections
that are open already.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from config.local.supervisor.ports import LOOPBACK

R = TypeVar("R")
_BLOCK_BYTES = 65_536
_CALL_SECONDS = 10.0
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)

Address = tuple[str, int] | Path


class Mode(Enum):
    """What the proxy does with connections."""

    PASS = "pass"
    # Every block of bytes, in both directions, waits first.
    DELAY = "delay"
    # Nobody listens: new connections are refused, open ones were reset when it began.
    REFUSE = "refuse"
    # Connections are taken and stay open; nothing passes.
    SILENT = "silent"


class FaultProxy:
    """Listens on a free port of the loopback interface and hands on to `upstream`."""

    def __init__(self, name: str, upstream: Callable[[], Address]) -> None:
        self.name = name
        self.port = 0
        self._upstream = upstream
        self._mode = Mode.PASS
        self._delay = 0.0
        self._open = asyncio.Event()
        self._pairs: set[_Pair] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)

    def start(self) -> None:
        """Listen. The port stays the same over faults."""
        self._thread.start()
        self._call(self._listen())

    def stop(self) -> None:
        self._call(self._end())
        self._call(self._let_go())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CALL_SECONDS)
        self._loop.close()

    def delay(self, seconds: float) -> None:
        """Let every block of bytes wait this long."""
        self._call(self._set(Mode.DELAY, delay=seconds))

    def cut(self) -> None:
        """Reset every open connection; new ones pass."""
        self._call(self._reset_all())

    def refuse(self) -> None:
        """Reset every open connection and listen no more."""
        self._call(self._set(Mode.REFUSE))

    def silence(self) -> None:
        """Let nothing pass, in either direction, and close nothing: a half-open network."""
        self._call(self._set(Mode.SILENT))

    def heal(self, *, reset_silent: bool = False) -> None:
        """Let all pass again.

        After a silence what was held back goes on, or with `reset_silent` those connections are
        reset: a network that has forgotten them.
        """
        self._call(self._heal(reset_silent=reset_silent))

    async def _listen(self) -> None:
        self._open.set()
        self._server = await asyncio.start_server(self._serve, LOOPBACK, self.port, backlog=256)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _set(self, mode: Mode, *, delay: float = 0.0) -> None:
        self._mode, self._delay = mode, delay
        if mode is Mode.SILENT:
            self._open.clear()
        if mode is Mode.REFUSE:
            await self._end()

    async def _heal(self, *, reset_silent: bool) -> None:
        was, self._mode = self._mode, Mode.PASS
        if was is Mode.SILENT and reset_silent:
            await self._reset_all()
        self._open.set()
        if self._server is None:
            await self._listen()

    async def _end(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._reset_all()

    async def _let_go(self) -> None:
        """Wait for the tasks of the connections that were reset."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _reset_all(self) -> None:
        for pair in list(self._pairs):
            pair.reset()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._pause()
        try:
            upstream = await _connect(self._upstream())
        except OSError:
            _reset(writer)
            return
        pair = _Pair(writer, upstream[1])
        self._pairs.add(pair)
        try:
            await asyncio.gather(self._pump(reader, upstream[1]), self._pump(upstream[0], writer))
        except OSError:
            pair.reset()
        finally:
            self._pairs.discard(pair)
            writer.close()
            upstream[1].close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while block := await source.read(_BLOCK_BYTES):
            await self._pause()
            sink.write(block)
            await sink.drain()
        await self._open.wait()
        with contextlib.suppress(OSError):
            sink.write_eof()

    async def _pause(self) -> None:
        if self._mode is Mode.DELAY:
            await asyncio.sleep(self._delay)
        await self._open.wait()

    def _call(self, work: Coroutine[Any, Any, R]) -> R:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_CALL_SECONDS)


class _Pair:
    """Both sides of one connection."""

    def __init__(self, *writers: asyncio.StreamWriter) -> None:
        self._writers = writers

    def reset(self) -> None:
        for writer in self._writers:
            _reset(writer)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN, as a firewall or a dying machine does."""
    found = writer.get_extra_info("socket")
    if found is not None and found.family == socket.AF_INET:
        with contextlib.suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()


async def _connect(address: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if isinstance(address, Path):
        return await asyncio.open_unix_connection(str(address))
    return await asyncio.open_connection(*address)
