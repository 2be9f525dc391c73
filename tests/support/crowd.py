"""Many clients at the same moment, without a database connection of their own."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

R = TypeVar("R")
_SECONDS = 60.0


def all_at_once(works: Sequence[Callable[[], R]]) -> list[R]:
    """Run every work in a thread of its own, all let go together; returns what they returned."""
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], R]) -> R:
        barrier.wait(timeout=_SECONDS)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [one.result(_SECONDS) for one in [pool.submit(run, work) for work in works]]


def a_few_at_a_time(works: Sequence[Callable[[], R]], *, threads: int = 8) -> list[R]:
    """Run works in a few threads, to have their results sooner."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda work: work(), works))
