"""Threads of several shops interleaved on one connection; counts what they read of others.

`python -m tests.tenancy.pooler.scene SCHEMA…` writes {"reads": …, "wrong": …, "failed": …}. Each
shop's owner has the shop's name in their address, in a table that `public` has too: who looks into
the wrong schema sees another one's owner, or nobody.
"""

import json
import logging
import sys
import threading
from collections import Counter
from collections.abc import Callable

import django

ROUNDS, THREADS = 8, 2


class Count:
    """What was seen, by all threads."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter(reads=0, wrong=0, failed=0)
        self._guard = threading.Lock()

    def look(self, schema: str, read: Callable[[], str]) -> None:
        """One read; `read` returns the schema that it found itself in."""
        try:
            result = "reads" if read() == schema else "wrong"
        except Exception:
            logging.exception("a read failed")
            result = "failed"
        with self._guard:
            self.seen[result] += 1


def main(schemas: list[str]) -> None:
    """All threads at once, each in its shop."""
    from tests.tenancy.pooler import works

    count = Count()
    start = threading.Barrier(len(schemas) * THREADS)

    def run(schema: str) -> None:
        start.wait(timeout=30)
        for _ in range(ROUNDS):
            works.all_of_a_shop(schema, schemas, count.look)

    threads = [threading.Thread(target=run, args=[one]) for one in schemas * THREADS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=240)
    sys.stdout.write(f"{json.dumps(count.seen)}\n")


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1:])
