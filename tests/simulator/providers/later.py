"""Runs what providers do by themselves after a while."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping

from tests.simulator.providers.provider import LaterAction, Provider
from tests.simulator.storage.database import Database

logger = logging.getLogger(__name__)
IDLE_SECONDS = 5.0


class Later:
    """A thread that sleeps until the earliest action is due. ``announce``: see the dispatcher."""

    def __init__(
        self,
        database: Database,
        providers: Mapping[str, Provider],
        announce: Callable[[], None],
    ) -> None:
        self._database = database
        self._providers = providers
        self._announce = announce
        self._wake = threading.Event()
        self._stopping = False

    def start(self) -> None:
        threading.Thread(target=self._run, name="later", daemon=True).start()

    def stop(self) -> None:
        self._stopping = True
        self.wake()

    def wake(self) -> None:
        self._wake.set()

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                pause = self._run_due()
            except Exception:
                logger.exception("A later action failed")
                pause = IDLE_SECONDS
            self._wake.wait(pause)

    def _run_due(self) -> float:
        """Run what is due; return the seconds until there is more."""
        while True:
            now = time.time()
            with self._database.reading() as connection:
                row = connection.execute("SELECT * FROM later ORDER BY due, id LIMIT 1").fetchone()
            if row is None:
                return IDLE_SECONDS
            if row["due"] > now:
                return min(float(row["due"]) - now, IDLE_SECONDS)
            self._run_one(row)
            self._announce()

    def _run_one(self, row: sqlite3.Row) -> None:
        """Run one action and forget it with what it wrote; one that fails is forgotten too."""
        forget = "DELETE FROM later WHERE id = ?", (row["id"],)
        action = LaterAction(row["account"], row["action"], row["object_id"])
        try:
            with self._database.transaction() as connection:
                self._providers[row["provider"]].run_later(connection, action)
                connection.execute(*forget)
        except Exception:
            logger.exception("%s of %s failed", action.action, action.object_id)
            with self._database.transaction() as connection:
                connection.execute(*forget)
