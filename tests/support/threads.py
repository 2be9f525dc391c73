"""Running things at the same moment."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import connection

from tests.support.shops import TestShop, use_shop

R = TypeVar("R")


def race(shop: TestShop, *works: Callable[[], R]) -> list[R | BaseException]:
    """Run all `works` at once, each in a thread and connection of its own, in the shop's schema.

    Returns what each returned or raised, in the order given.
    """
    barrier = threading.Barrier(len(works))
    results: list[R | BaseException | None] = [None] * len(works)

    def run(index: int, work: Callable[[], R]) -> None:
        try:
            barrier.wait(timeout=30)
            with use_shop(shop):
                results[index] = work()
        except BaseException as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads), "a thread hangs: a deadlock?"
    return results  # type: ignore[return-value]


def outcomes(results: Sequence[object]) -> list[str]:
    """The class names of what was raised and "ok" for the rest, sorted."""
    return sorted(type(one).__name__ if isinstance(one, BaseException) else "ok" for one in results)
