"""One log of all services: `HH:MM:SS service | line`, on standard output and in a file."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

_KEPT_FILES = 3
_WIDTH = len("simulator")
_RESET = "\x1b[0m"
_COLOURS = {
    "web": "\x1b[32m",
    "worker": "\x1b[36m",
    "beat": "\x1b[35m",
    "relay": "\x1b[34m",
    "simulator": "\x1b[33m",
    "up": "\x1b[1m",
}
_OTHER_COLOUR = "\x1b[2m"


class MergedLog:
    """Writes each line to the terminal (coloured only if it is one) and to the file.

    When nobody reads the terminal any more (`up | head`), `hangup` is called and the file goes on.
    """

    def __init__(
        self, file: Path, *, hangup: Callable[[], None], terminal: TextIO = sys.stdout
    ) -> None:
        rotate(file)
        self._file = file.open("w", encoding="utf-8", errors="replace")
        self._terminal: TextIO | None = terminal
        self._coloured = terminal.isatty()
        self._hangup = hangup

    def write(self, service: str, line: str) -> None:
        head = f"{time.strftime('%H:%M:%S')} {service:{_WIDTH}} | "
        colour = _COLOURS.get(service, _OTHER_COLOUR)
        shown = f"{colour}{head}{_RESET}" if self._coloured else head
        self._put(f"{head}{line}\n", f"{shown}{line}\n")

    def block(self, text: str) -> None:
        """A text of several lines, without time and service."""
        self._put(f"\n{text}\n\n", f"\n{text}\n\n")

    def close(self) -> None:
        self._file.close()

    def _put(self, plain: str, shown: str) -> None:
        self._file.write(plain)
        self._file.flush()
        if self._terminal is None:
            return
        try:
            self._terminal.write(shown)
            self._terminal.flush()
        except OSError:  # a closed pipe, or a terminal that hung up
            self._abandon_terminal(self._terminal)

    def _abandon_terminal(self, terminal: TextIO) -> None:
        self._terminal = None
        # Python flushes standard output once more when it exits; that must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), terminal.fileno())
        self._hangup()


def rotate(file: Path) -> None:
    """Keep the logs of the last runs as `up.log.1` (the newest) to `up.log.3`."""
    for number in range(_KEPT_FILES, 0, -1):
        older = file.with_name(f"{file.name}.{number}")
        newer = file.with_name(f"{file.name}.{number - 1}") if number > 1 else file
        if newer.exists():
            newer.replace(older)
