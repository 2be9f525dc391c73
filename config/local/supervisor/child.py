"""One supervised process: its command, its output, its end."""

import asyncio
import codecs
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.local.processes import ProcessId, end, identify, in_session, send

_KEPT_LINES = 12
_READ_BYTES = 65536
_LONGEST_LINE = 16384
_POLL_SECONDS = 0.03
_LAST_OUTPUT_SECONDS = 1.0


@dataclass(frozen=True)
class Program:
    """What to run as a service of `up`."""

    name: str
    # Makes the command line anew for each start.
    command: Callable[[], list[str]]
    environment: Mapping[str, str]
    folder: Path
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    # Runs before each start, in a thread: it may take its time.
    prepare: Callable[[], None] | None = None


@dataclass
class Child:
    """A running `Program`, leader of a session of its own, so that Ctrl-C does not reach it."""

    program: Program
    process: subprocess.Popen[bytes]
    id: ProcessId | None
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT_LINES))

    @classmethod
    async def start(cls, program: Program) -> "Child":
        """Must be called in the main thread, see `unprivileged.launched`."""
        if program.prepare:
            await asyncio.to_thread(program.prepare)
        process = subprocess.Popen(
            program.command(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(program.environment),
            cwd=program.folder,
            start_new_session=True,
        )
        return cls(program, process, identify(process.pid))

    async def follow(self, show: Callable[[str], None]) -> int:
        """Hand each line of output to `show` until the process ends; return its exit code.

        Whatever it leaves behind in its session (a web server's workers) is killed.
        """
        reader = asyncio.create_task(self._read(show))
        # Not asyncio's own wait(): on some versions it waits for the pipe's end as well, and so for
        # every grandchild that holds it.
        while (code := self.process.poll()) is None:
            await asyncio.sleep(_POLL_SECONDS)
        await asyncio.to_thread(self._kill_session)
        # A stranger may hold the pipe open: then its end is not waited for.
        done, _ = await asyncio.wait([reader], timeout=_LAST_OUTPUT_SECONDS)
        if done:
            reader.result()
        else:
            reader.cancel()
        return code

    async def stop(self) -> None:
        """Ask it to end, kill it after its grace; return when it is gone."""
        if self.id is not None:
            await asyncio.to_thread(
                end, [self.id], number=self.program.stop_signal, grace=self.program.stop_seconds
            )

    def kill(self) -> None:
        """At once, with everything it started."""
        if self.id is not None:
            for process in in_session(self.id):
                send(process, signal.SIGKILL)

    def _kill_session(self) -> None:
        if self.id is not None:
            end(in_session(self.id), number=signal.SIGKILL, grace=1.0)

    async def _read(self, show: Callable[[str], None]) -> None:
        output = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(output)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: protocol, self.process.stdout)
        try:
            await self._read_lines(output, show)
        finally:
            transport.close()

    async def _read_lines(self, output: asyncio.StreamReader, show: Callable[[str], None]) -> None:
        decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        rest = ""
        while block := await output.read(_READ_BYTES):
            *lines, rest = (rest + decode(block)).split("\n")
            for line in lines:
                self._keep(line, show)
            if len(rest) > _LONGEST_LINE:
                self._keep(rest, show)
                rest = ""
        if rest:
            self._keep(rest, show)

    def _keep(self, line: str, show: Callable[[str], None]) -> None:
        line = line.rstrip("\r")
        self.last_lines.append(line)
        show(line)
