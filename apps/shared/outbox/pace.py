"""When the relay looks again: soon while there is work, ever less often while there is none."""

import time
from dataclasses import dataclass, field

from apps.shared import clock
from apps.shared.relay.signal import wait_for_ring

from .dispatch import Round

# Rounds that have something to do begin so far apart: what comes meanwhile goes together.
GATHER_SECONDS = 0.015
# Somebody waits for room in a queue: how often to look for it.
_ROOM_SECONDS = 0.02
# A bell that nobody hears, because Valkey was away, costs this at most.
_LONGEST_IDLE_POLLS = 2
# To Valkey, zero is for ever.
_SHORTEST_WAIT_SECONDS = 0.005


@dataclass
class Pace:
    """Of one relay. `poll` is the time in seconds between two looks when nobody rings."""

    poll: float
    _idle: float = 0.0
    _began: float = field(default_factory=time.monotonic)

    def rest_after(self, last: Round) -> None:
        """Wait until there may be work: somebody rings, a wake-up comes due, or time passes."""
        if last.sent:
            self._idle = self.poll
        else:
            self._idle = min(max(self.poll, self._idle * 2), self.poll * _LONGEST_IDLE_POLLS)
        if last.is_held_up:
            time.sleep(_ROOM_SECONDS)
        elif not last.is_more:
            self._wait(last)
        time.sleep(max(0.0, self._began + GATHER_SECONDS - time.monotonic()))
        self._began = time.monotonic()

    def _wait(self, last: Round) -> None:
        seconds = self._idle
        if last.next_due_at is not None:
            seconds = min(seconds, (last.next_due_at - clock.now()).total_seconds())
        wait_for_ring(max(seconds, _SHORTEST_WAIT_SECONDS))
