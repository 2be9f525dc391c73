"""Keeps programs running: starts them, restarts what dies, stops them in order."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from config.local.errors import LocalError
from config.local.folders import DataFolder
from config.local.supervisor import records
from config.local.supervisor.child import Child, Program
from config.local.supervisor.log import MergedLog

_RESTARTS = 5
_WITHIN_SECONDS = 60.0
_FIRST_PAUSE_SECONDS = 0.25
_PROBE_SECONDS = 0.05

Probe = Callable[[], Awaitable[bool]]


class Supervisor:
    """Runs services and one-off jobs on one data folder, in the loop of the main thread."""

    def __init__(self, folder: DataFolder, log: MergedLog) -> None:
        self._folder = folder
        self._log = log
        self._children: dict[str, Child] = {}
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        self._stopping = False
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def failure(self) -> None:
        """Wait until a service cannot be kept running. Raises LocalError that says which."""
        await self._failed

    async def serve(self, program: Program, ready: Probe | None, *, seconds: float = 60.0) -> None:
        """Start `program`, keep it running from now on, and wait until `ready`.

        Raises LocalError when it is not ready after `seconds`.
        """
        self._tasks[program.name] = asyncio.create_task(self._keep(program))
        deadline = time.monotonic() + seconds
        while ready is not None and not await ready():
            if time.monotonic() > deadline:
                raise LocalError(f"{program.name} does not answer after {seconds:.0f} seconds")
            await asyncio.sleep(_PROBE_SECONDS)

    async def run(self, program: Program, *, hide: str | None = None) -> list[str]:
        """Run a job to its end and return the last lines of its output.

        Lines that begin with `hide` are not shown. Raises LocalError when the job fails.
        """
        job = asyncio.create_task(self._run_once(program, hide=hide))
        self._tasks[program.name] = job
        try:
            code, child = await job
        finally:
            self._tasks.pop(program.name, None)
        if code != 0:
            raise LocalError(f"{program.name} failed with exit code {code}, see its lines above")
        return list(child.last_lines)

    async def stop(self, *names: str) -> None:
        """Stop these services at the same time, gently first. Those that do not run are skipped."""
        tasks = [self._tasks.pop(name) for name in names if name in self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def stop_all(self, order: list[tuple[str, ...]]) -> None:
        """Stop group after group, then whatever is left. Nothing runs afterwards."""
        self._stopping = True
        for names in order:
            await self.stop(*names)
        await self.stop(*self._tasks)
        records.forget(self._folder)

    def kill_all(self) -> None:
        """Without any grace: the user is in a hurry."""
        for child in self._children.values():
            child.kill()

    async def _keep(self, program: Program) -> None:
        restarts: deque[float] = deque(maxlen=_RESTARTS)
        try:
            while True:
                code, child = await self._run_once(program)
                if self._stopping:
                    return
                self._tell_end(program, code, child)
                now = time.monotonic()
                recent = sum(1 for moment in restarts if now - moment < _WITHIN_SECONDS)
                if recent == _RESTARTS:
                    raise LocalError(f"{program.name} died {recent + 1} times within a minute")
                self._log.write("up", f"{program.name}: starting it again")
                restarts.append(now)
                await asyncio.sleep(_FIRST_PAUSE_SECONDS * 2**recent)
        except (LocalError, OSError) as error:
            if not self._failed.done():
                self._failed.set_exception(error)

    async def _run_once(self, program: Program, *, hide: str | None = None) -> tuple[int, Child]:
        """Run `program` to its end. When this is cancelled the process is stopped first."""
        child = await Child.start(program)
        self._children[program.name] = child
        self._remember()

        def show(line: str) -> None:
            if hide is None or not line.startswith(hide):
                self._log.write(program.name, line)

        follow = asyncio.create_task(child.follow(show))
        try:
            return await asyncio.shield(follow), child
        except asyncio.CancelledError:
            await child.stop()
            await follow
            raise
        finally:
            self._children.pop(program.name, None)
            self._remember()

    def _tell_end(self, program: Program, code: int, child: Child) -> None:
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        self._log.write("up", f"{program.name} {how}; its last lines:")
        for line in child.last_lines:
            self._log.write("up", f"  {line}")

    def _remember(self) -> None:
        leaders = {name: child.id for name, child in self._children.items() if child.id}
        records.remember(self._folder, leaders)
