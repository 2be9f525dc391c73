"""Deliveries whose handlers wait for somebody else: a few at once; one holds up no other."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from django.db import connection

from apps.shared.schema import current_schema, use_schema

D = TypeVar("D")

# Each thread has a connection of its own, and the thread that keeps its lease sometimes another.
AT_ONCE = 4
# So much time without using the processor was spent waiting: for a mail server, a provider, a lock.
_WAITED_SECONDS = 0.05


class Stopwatch:
    """Tells who works from who waits."""

    def __init__(self) -> None:
        self._wall, self._own = time.monotonic(), time.thread_time()

    def has_waited(self) -> bool:
        """Whether this thread has mostly waited since it was made."""
        own = time.thread_time() - self._own
        return time.monotonic() - self._wall - own > max(_WAITED_SECONDS, own)


def side_by_side(
    waiting: Sequence[D], act: Callable[[D], bool], *, is_over: Callable[[], bool]
) -> tuple[int, list[D]]:
    """Act on each in a thread, some at once, until `is_over`.

    How many `act` said yes to, and what there was no time for. All threads have ended.
    """
    schema = current_schema()

    def run(one: D) -> bool | None:
        if is_over():
            return None
        try:
            with use_schema(schema):
                return act(one)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="delivery") as pool:
        begun = [pool.submit(copy_context().run, run, one) for one in waiting]
        outcomes = [one.result() for one in begun]
    late = [one for one, outcome in zip(waiting, outcomes, strict=True) if outcome is None]
    return sum(bool(one) for one in outcomes), late
