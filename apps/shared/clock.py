"""The time, asked for at the edges only; services are given `now`.

All processes go by PostgreSQL's clock: machines whose own clocks differ would expire orders too
early, take leases from one another, and leave events for later. Whoever asks the database anyway
compares (`compare`). In between time passes steadily, whatever is done to the machine's clock.
"""

import logging
import time
from datetime import UTC, datetime, timedelta

logger = logging.getLogger(__name__)

# Below this it may be the way to the database and back; then our own clock is as good.
_TOLERATED = timedelta(seconds=1)


# When this machine's steady clock began to count, by the clock that we go by.
_began = datetime.now(UTC) - timedelta(seconds=time.monotonic())


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _began + timedelta(seconds=time.monotonic())


def compare(database_time: datetime, *, asked: float) -> None:
    """Note what time it was for the database, which was asked at `asked` of `time.monotonic`."""
    global _began
    answered = time.monotonic()
    ours = _began + timedelta(seconds=(asked + answered) / 2)
    difference = database_time - ours
    if abs(difference) > _TOLERATED + timedelta(seconds=(answered - asked) / 2):
        logger.warning("clock_differs", extra={"seconds": round(difference.total_seconds(), 1)})
        _began += difference
