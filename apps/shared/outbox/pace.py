"""When the relay looks again: soon while there is work, ever less often while there is none."""

import time
from dataclasses import dataclass, field

from apps.shared import clock
from apps.shared.relay.signal import wait_for_ring

from .dispatch import Round

# Rounds that have something to do begin so far apart: what comes meanwhile goes together.
GATHER_SECONDS = 0.015
# Somebody waits for room in a queue: how often to look for it, while there comes some and while the
# workers may be away.
_ROOM_SECONDS, _LONGEST_ROOM_SECONDS = 0.02, 0.16
# A bell that nobody hears, because Valkey was away, costs this at most.
_LONGEST_IDLE_POLLS = 2
# To Valkey, zero is for ever.
_SHORTEST_WAIT_SECONDS = 0.005


@dataclass
class Pace:
    """Of one relay. `poll` is the time in seconds between two looks when nobody rings."""

    poll: float
    _idle: float = 0.0
    _room: float = _ROOM_SECONDS
    _began: float = field(default_factory=time.monotonic)

    def rest_after(self, last: Round) -> None:
        """Wait until there may be work: somebody rings, a wake-up comes due, or time passes."""
        seconds = self.seconds_after(last)
        if seconds > 0:
            wait_for_ring(max(seconds, _SHORTEST_WAIT_SECONDS))
        # However often it rings, rounds begin so far apart.
        time.sleep(max(0.0, self._began + GATHER_SECONDS - time.monotonic()))
        self._began = time.monotonic()

    def seconds_after(self, last: Round) -> float:
        """How long to wait when nobody rings."""
        if last.sent:
            self._idle, self._room = self.poll, _ROOM_SECONDS
        else:
            self._idle = min(max(self.poll, self._idle * 2), self.poll * _LONGEST_IDLE_POLLS)
        if last.is_held_up:
            seconds, self._room = self._room, min(self._room * 2, _LONGEST_ROOM_SECONDS)
            return seconds
        if last.is_more:
            return 0.0
        if last.next_due_at is None:
            return self._idle
        return min(self._idle, (last.next_due_at - clock.now()).total_seconds())
