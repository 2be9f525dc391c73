"""Many schemas at once: canaries first, then the rest, a thread for each worker."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from enum import StrEnum

from django.db import OperationalError, connection

from tenants.fleet.graph import Graph
from tenants.fleet.holding import Busy, Limits
from tenants.fleet.journey import Journey
from tenants.fleet.records import note_begun, note_failed
from tenants.fleet.scripts import Scripts
from tenants.routing import tell_of_change

logger = logging.getLogger(__name__)

# Somebody else had the lock, or won the deadlock: it may be free the next time.
_PASSING = {
    "55P03": "lock_not_available",
    "40P01": "deadlock_detected",
    "40001": "serialization_failure",
}
_SHORTEST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 3.0
_TELL_EVERY_SECONDS = 0.5


class End(StrEnum):
    """How a schema fared. `busy`: another run is at it."""

    DONE = "done"
    BUSY = "busy"
    FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """Of one schema: the migrations that were applied, and what went wrong with which one."""

    schema: str
    end: End
    steps: Sequence[str] = ()
    step: str = ""
    error: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Crew:
    """What all workers share."""

    graph: Graph
    limits: Limits
    scripts: Scripts | None
    silent_from: str

    def migrate_all(self, schemas: Sequence[str], *, workers: int) -> Iterator[Outcome]:
        """Bring these shops up to date, as they come in; one that fails stops no other.

        When the caller stops listening, what was not begun is left out.
        """
        with ThreadPoolExecutor(workers, thread_name_prefix="fleet") as pool:
            futures = [pool.submit(self._in_thread, schema) for schema in schemas]
            telling = _Telling()
            try:
                yield from telling.after_each(futures)
            finally:
                pool.shutdown(cancel_futures=True)
                telling.tell()

    def _in_thread(self, schema: str) -> Outcome:
        try:
            return self.migrate(schema)
        finally:
            connection.close()

    def migrate(self, schema: str) -> Outcome:
        """Bring one shop up to date. What goes wrong is in the outcome, and on its record."""
        begin = time.monotonic()
        journey = Journey(
            schema, self.graph, self.limits, scripts=self.scripts, silent_from=self.silent_from
        )
        end, error = End.DONE, ""
        try:
            note_begun(schema)
            with_patience(journey.go, attempts=self.limits.attempts)
        except Busy:
            end = End.BUSY
        # A migration may raise anything; the others are not to suffer for it.
        except Exception as raised:
            logger.exception("fleet.shop_failed", extra={"schema": schema, "step": journey.begun})
            end, error = End.FAILED, f"{type(raised).__name__}: {raised}"
            connection.close_if_unusable_or_obsolete()
            note_failed(schema, step=journey.begun, error=error)
        return Outcome(schema, end, journey.steps, journey.begun, error, time.monotonic() - begin)


def with_patience(work: Callable[[], None], *, attempts: int) -> None:
    """Do the work, again when somebody else's lock was in the way: what is done stays done.

    Pauses grow from 0.1 to 3 s, with jitter, so that shoppers come in between.
    """
    for attempt in range(1, attempts + 1):
        try:
            return work()
        except OperationalError as error:
            reason = _PASSING.get(getattr(error.__cause__, "sqlstate", None) or "")
            if reason is None or attempt == attempts:
                raise
            logger.warning("fleet.tried_again", extra={"reason": reason, "attempt": attempt})
            pause = min(_SHORTEST_PAUSE_SECONDS * 2**attempt, _LONGEST_PAUSE_SECONDS)
            time.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - jitter, no secret
    return None


class _Telling:
    """Web processes are told that shops are up to date: often enough, not for each."""

    def __init__(self) -> None:
        self._told_at = time.monotonic()
        self._is_due = False
        self._guard = threading.Lock()

    def after_each(self, futures: Sequence[Future[Outcome]]) -> Iterator[Outcome]:
        for future in as_completed(futures):
            self._is_due = True
            if time.monotonic() - self._told_at > _TELL_EVERY_SECONDS:
                self.tell()
            yield future.result()

    def tell(self) -> None:
        with self._guard:
            if self._is_due:
                tell_of_change()
                self._told_at, self._is_due = time.monotonic(), False
