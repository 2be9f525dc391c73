"""What a worker goes on with by itself: deliveries of the events that its own handlers emit.

They are written as this worker's already, under a lease and with their first attempt counted, in
the transaction that emits them; once that is committed their handlers follow. No relay, no message
and no claim lies between. When the worker dies the lease ends, as always, and the relay takes over
(docs/adr/0022-workers-go-on.md).
"""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from apps.shared.events import Subscriber, is_served
from apps.shared.schema import current_schema

from .begun import Begun

# Others wait for this worker meanwhile: what comes later is the relay's again.
MOST_DELIVERIES = 200

_open: ContextVar["Chain | None"] = ContextVar("open_chain", default=None)


@dataclass
class Chain:
    """One worker's, in one schema. `ends_at` is a time of `time.monotonic`."""

    schema_name: str
    ends_at: float
    room: int = MOST_DELIVERIES
    waiting: deque[Begun] = field(default_factory=deque)

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.ends_at

    def takes(self, wanted: Subscriber) -> bool:
        """Whether a delivery to this subscriber may be written as this worker's; counts it.

        Those that keep an order are not: the relay alone knows whose turn it is.
        """
        if self.schema_name != current_schema() or self.room <= 0 or self.is_over:
            return False
        if wanted.line or not is_served(wanted.queue):
            return False
        self.room -= 1
        return True

    def take_all(self) -> list[Begun]:
        """What waits, in the order of emission; nothing waits afterwards."""
        found = list(self.waiting)
        self.waiting.clear()
        return found


def open_chain() -> Chain | None:
    """The one that present code runs in."""
    return _open.get()


@contextmanager
def chain(*, ends_at: float) -> Iterator[Chain]:
    """What is emitted within the block is taken up, until `ends_at`; the caller goes on with it."""
    made = Chain(current_schema(), ends_at)
    token = _open.set(made)
    try:
        yield made
    finally:
        _open.reset(token)
