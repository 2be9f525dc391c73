"""Whose turn it is: how much of the workers' queues a schema may have."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from apps.shared.relay.pressure import MOST_WAITING, MOST_WAITING_AGAIN

# Who had a turn so lately has another one only where hardly anybody waits.
_LATELY_SECONDS = 1.0
_MOST_REMEMBERED = 10_000


@dataclass
class Turns:
    """One relay's memory of who had turns."""

    waiting: dict[str, int] = field(default_factory=dict)
    _served: dict[tuple[str, str], float] = field(default_factory=dict)

    def begin(self, waiting: dict[str, int]) -> list[str]:
        """A round begins with so many messages in the queues. Those that there is room in."""
        self.waiting = dict(waiting)
        if len(self._served) > _MOST_REMEMBERED:
            lately = time.monotonic() - _LATELY_SECONDS
            self._served = {key: at for key, at in self._served.items() if at > lately}
        return [queue for queue, number in waiting.items() if number < MOST_WAITING]

    def allowed(self, schema_name: str, queues: Sequence[str]) -> list[str]:
        """The queues to which the schema may send a message now."""
        return [queue for queue in queues if self._has_room(schema_name, queue)]

    def took(self, schema_name: str, queue: str) -> None:
        """The schema has sent a message."""
        self.waiting[queue] += 1
        self._served[schema_name, queue] = time.monotonic()

    def _has_room(self, schema_name: str, queue: str) -> bool:
        last = self._served.get((schema_name, queue), float("-inf"))
        was_lately = time.monotonic() - last < _LATELY_SECONDS
        return self.waiting[queue] < (MOST_WAITING_AGAIN if was_lately else MOST_WAITING)
