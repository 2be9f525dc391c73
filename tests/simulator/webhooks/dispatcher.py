"""Takes due deliveries from the database and hands them to a few sending threads."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping

from tests.simulator.control.faults import FaultBook
from tests.simulator.storage.database import Database
from tests.simulator.webhooks.outbox import (
    HEALTHY,
    Due,
    due_deliveries,
    next_due,
    payload_of,
)
from tests.simulator.webhooks.sender import Result, Sender

logger = logging.getLogger(__name__)
THREADS = 8
BATCH = 64
FIRST_RETRY_SECONDS = 0.2
LAST_RETRY_SECONDS = 10.0
GIVE_UP_SECONDS = 15 * 60
IDLE_SECONDS = 5.0

# Makes the headers that prove where a payload comes from: secret, payload, seconds since 1970.
Signer = Callable[[str, bytes, int], dict[str, str]]


class Dispatcher:
    """Sends in the order of creation, one delivery a lane at a time, lanes side by side.

    A refused delivery is tried again later and holds up nothing, as with the real providers.
    """

    def __init__(
        self, database: Database, faults: FaultBook, signers: Mapping[str, Signer]
    ) -> None:
        self._database = database
        self._faults = faults
        self._signers = signers
        self._ready: queue.SimpleQueue[Due | None] = queue.SimpleQueue()
        self._busy: set[str] = set()
        self._wake = threading.Event()
        self._more = False
        self._stopping = False

    def start(self) -> None:
        threading.Thread(target=self._dispatch, name="dispatcher", daemon=True).start()
        for number in range(THREADS):
            threading.Thread(target=self._work, name=f"sender-{number}", daemon=True).start()

    def stop(self) -> None:
        self._stopping = True
        self.wake()
        for _ in range(THREADS):
            self._ready.put(None)

    def wake(self) -> None:
        """Say that there may be something new to send."""
        self._wake.set()

    def _dispatch(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                pause = self._hand_over_due()
            except Exception:
                logger.exception("Due webhooks could not be read")
                pause = IDLE_SECONDS
            self._wake.wait(pause)

    def _hand_over_due(self) -> float:
        """Give the sending threads what may go now; return the seconds until there is more."""
        # Taken before the rows: a delivery that ends in between must not be sent again.
        busy = self._busy.copy()
        now = time.time()
        with self._database.reading() as connection:
            found = due_deliveries(connection, now, BATCH)
            upcoming = None if found else next_due(connection)
        handed = 0
        for due in found:
            if due.lane not in busy:
                busy.add(due.lane)
                self._busy.add(due.lane)
                self._ready.put(due)
                handed += 1
        # What waits for its lane, or did not fit, is looked for when a delivery ends.
        self._more = handed < len(found) or len(found) == BATCH
        if handed or (self._more and not busy <= self._busy):
            # The second: a lane got free meanwhile, by a thread that did not see ``_more`` yet.
            return 0.0
        return min(IDLE_SECONDS if upcoming is None else max(upcoming - now, 0), IDLE_SECONDS)

    def _work(self) -> None:
        sender = Sender()
        while (due := self._ready.get()) is not None and not self._stopping:
            try:
                done = self._attempt(sender, due)
            except Exception:
                logger.exception("Delivery %s could not be tried", due.id)
                done = False
            self._busy.discard(due.lane)
            if self._more or not done:
                self.wake()

    def _attempt(self, sender: Sender, due: Due) -> bool:
        """Send once; whether that was the end of it."""
        with self._database.reading() as connection:
            payload = payload_of(connection, due)
        if payload is None:
            return True
        faults = self._faults.of(due.provider, due.account)
        webhooks = faults.webhooks if faults else HEALTHY
        secret = due.secret + "-corrupted" if webhooks.corrupt_signature else due.secret
        started = time.time()
        timestamp = int(started) + webhooks.timestamp_offset_seconds
        headers = self._signers[due.provider](secret, payload, timestamp)
        result = sender.post(due.url, payload, headers)
        self._record(due, result, started)
        return result.accepted

    def _record(self, due: Due, result: Result, started: float) -> None:
        now = time.time()
        state, at = _fate(due, result, now)
        if state != "delivered":
            logger.warning(
                "%s: %s answered %s", due.account, due.url, result.status or result.error
            )
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO attempts VALUES (?, ?, ?, ?, ?)",
                (due.id, started, now - started, result.status, result.error),
            )
            connection.execute(
                "UPDATE deliveries SET attempts = attempts + 1, state = ?, due = ?"
                " WHERE id = ? AND state = 'pending'",
                (state, at, due.id),
            )


def _fate(due: Due, result: Result, now: float) -> tuple[str, float]:
    """Return the state after an attempt and when the next one is due."""
    if result.accepted:
        return "delivered", now
    if now - due.created > GIVE_UP_SECONDS:
        return "failed", now
    pause = min(FIRST_RETRY_SECONDS * 2 ** min(due.attempts, 10), LAST_RETRY_SECONDS)
    return "pending", now + pause
