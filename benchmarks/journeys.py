"""Shoppers whose every step is made of the answer before, many at once in one thread."""

import selectors
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

from benchmarks.driver import Connection, readable, used_cpu


@dataclass(frozen=True)
class Step:
    """One request, and the status that its answer must have."""

    name: str
    port: int
    request: bytes
    expected: int


# Yields steps, is sent the bodies of their answers.
Journey = Generator[Step, bytes, None]


class UnexpectedAnswer(RuntimeError):
    """A step was answered with another status: what is measured would not be what is meant."""


@dataclass
class Journeys:
    """What came of them. Latencies in seconds by step, CPU in seconds of this process."""

    done: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    latencies: dict[str, list[float]] = field(default_factory=dict)


class _Shopper:
    """Takes one journey after the other, over one kept connection to each server."""

    def __init__(self, journeys: Iterator[Journey]) -> None:
        self._journeys = journeys
        self._connections: dict[int, Connection] = {}
        self._journey: Journey | None = None
        self.step: Step | None = None

    def set_out(self) -> bool:
        """Begin the next journey; False when there is none."""
        self._journey = next(self._journeys, None)
        self.step = next(self._journey) if self._journey else None
        return self.step is not None

    def go_on(self, body: bytes) -> bool:
        """Make the next step of the answer to the last; False when this was the last."""
        assert self._journey is not None
        try:
            self.step = self._journey.send(body)
        except StopIteration:
            return False
        return True

    def ask(self) -> Connection:
        assert self.step is not None
        if self.step.port not in self._connections:
            self._connections[self.step.port] = Connection(self.step.port)
        connection = self._connections[self.step.port]
        connection.send(self.step.request)
        return connection

    def leave(self) -> None:
        for connection in self._connections.values():
            connection.socket.close()


def run_journeys(
    journeys: Iterator[Journey], *, clients: int, seconds: float = float("inf")
) -> Journeys:
    """Let `clients` shoppers travel until the journeys or the time are used up.

    A journey that has begun is finished. Raises UnexpectedAnswer.
    """
    came = Journeys()
    with selectors.DefaultSelector() as selector:
        shoppers = [_Shopper(journeys) for _ in range(clients)]
        before, start = used_cpu(), time.perf_counter()
        travelling = {
            id(_ask(selector, shopper)): shopper for shopper in shoppers if shopper.set_out()
        }
        while travelling:
            for connection in readable(selector):
                answer = connection.take()
                if answer is None:
                    continue
                shopper = travelling.pop(id(connection))
                selector.unregister(connection.socket)
                _note(came, shopper, connection, answer)
                if not shopper.go_on(answer[1]):
                    came.done += 1
                    if time.perf_counter() - start >= seconds or not shopper.set_out():
                        continue
                travelling[id(_ask(selector, shopper))] = shopper
        came.seconds = time.perf_counter() - start
        came.cpu_seconds = used_cpu() - before
    for shopper in shoppers:
        shopper.leave()
    return came


def run_in_step(journeys: list[Journey], *, clients: int) -> Iterator[str]:
    """Let all journeys make one step before any makes the next; yields its name after each."""
    steps = [next(journey) for journey in journeys]
    while steps:
        name, answers = steps[0].name, [b""] * len(steps)
        run_journeys((_only(step, answers, at) for at, step in enumerate(steps)), clients=clients)
        yield name
        try:
            pairs = zip(journeys, answers, strict=True)
            steps = [journey.send(answer) for journey, answer in pairs]
        except StopIteration:
            steps = []


def _only(step: Step, answers: list[bytes], at: int) -> Journey:
    answers[at] = yield step


def _ask(selector: selectors.BaseSelector, shopper: _Shopper) -> Connection:
    connection = shopper.ask()
    selector.register(connection.socket, selectors.EVENT_READ, connection)
    return connection


def _note(
    came: Journeys, shopper: _Shopper, connection: Connection, answer: tuple[int, bytes]
) -> None:
    step = shopper.step
    assert step is not None
    if answer[0] != step.expected:
        raise UnexpectedAnswer(f"{step.name}: {answer[0]} {answer[1][:500]!r}")
    took = time.perf_counter() - connection.sent_at
    came.latencies.setdefault(step.name, []).append(took)
