"""Real processes for tests: started as by `up`, killed without warning, never left over."""

import signal
import subprocess
from pathlib import Path

from config.local.processes import ProcessId, end, identify, in_session, send
from config.local.supervisor.child import Program

_REAPED_SECONDS = 10.0


class ManagedProcess:
    """One program with its output in a file. It gets SIGTERM when pytest dies, however it dies."""

    def __init__(self, program: Program, log: Path) -> None:
        self.program = program
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._id: ProcessId | None = None

    @property
    def running(self) -> bool:
        return self._id is not None and self._id.alive

    @property
    def leader(self) -> ProcessId:
        """The process itself. Raises RuntimeError when it was never started."""
        if self._id is None:
            raise RuntimeError(f"{self.program.name} does not run")
        return self._id

    @property
    def children(self) -> list[ProcessId]:
        """What it started and what still lives: a web server's workers, a worker's pool."""
        return [one for one in in_session(self.leader) if one != self.leader]

    def start(self) -> None:
        """Must be called in the main thread: the kernel ties the child to the thread."""
        if self.running:
            return
        if self.program.prepare:
            self.program.prepare()
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self.program.command(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(self.program.environment),
                cwd=self.program.folder,
                start_new_session=True,
            )
        self._id = identify(self._process.pid)

    def stop(self) -> None:
        """Gently first; then whatever is left of its session."""
        if self._id is not None:
            end([self._id], number=self.program.stop_signal, grace=self.program.stop_seconds)
        self.kill()

    def kill(self) -> None:
        """SIGKILL for the process and all that it started, as when the machine loses its power."""
        if self._id is None or self._process is None:
            return
        self.signal(signal.SIGKILL)
        self._process.wait(_REAPED_SECONDS)
        self._id = self._process = None

    def signal(self, number: signal.Signals) -> None:
        """Send `number` to the process and all that it started, e.g. SIGSTOP and SIGCONT."""
        for process in in_session(self.leader):
            send(process, number)
