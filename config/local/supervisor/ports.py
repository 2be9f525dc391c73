"""TCP ports on the loopback interface for one `up`, which another `up` will not take."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from config.local.errors import LocalError

LOOPBACK = "127.0.0.1"
_SIMULATOR = 8420
_MAIL = 8425
_STEP = 10
_ATTEMPTS = 100


@dataclass(frozen=True)
class Ports:
    """Where the services of one `up` listen."""

    web: int
    simulator: int
    mail: int


@contextmanager
def claimed_ports(web: int) -> Iterator[Ports]:
    """Hold the port `web` and two more for the simulator: the usual ones, or others if taken.

    Raises LocalError when `web` is taken.
    """
    with _first_free(range(web, web + 1)) as first:
        if first is None:
            raise LocalError(
                f"port {web} is taken by another program: stop that one, or use `up --port N`"
            )
        with _usual(_SIMULATOR) as simulator, _usual(_MAIL) as mail:
            yield Ports(web, simulator, mail)


@contextmanager
def _usual(port: int) -> Iterator[int]:
    with _first_free(range(port, port + _ATTEMPTS * _STEP, _STEP)) as found:
        if found is None:
            raise LocalError(f"no port is free from {port} on")
        yield found


@contextmanager
def _first_free(ports: range) -> Iterator[int | None]:
    """The first port that nobody listens on and nobody else has claimed; None if there is none.

    The claim is a socket with an abstract name. It belongs to the same network namespace as the
    port, needs no file, and ends with this process: the port itself is for the service to take.
    """
    for port in ports:
        with socket.socket(socket.AF_UNIX) as claim:
            try:
                claim.bind(f"\0galleria-port-{port}")
            except OSError:
                continue
            if _is_free(port):
                yield port
                return
    yield None


def _is_free(port: int) -> bool:
    """Whether the port can be listened on (without sharing it, as a web server's workers would)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
