"""The time, asked for at the edges only; services are given `now`.

All processes go by PostgreSQL's clock: machines whose own clocks differ would expire orders too
early, take leases from one another, and leave events for later. Whoever asks the database anyway
compares (`compare`), and `now` is corrected by the difference.
"""

import logging
from datetime import UTC, datetime, timedelta

logger = logging.getLogger(__name__)

# Below this it may be the way to the database and back; then our own clock is as good.
_TOLERATED = timedelta(seconds=1)
_NONE = timedelta(0)
_difference = _NONE


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return own_now() + _difference


def own_now() -> datetime:
    """What this machine's own clock says."""
    return datetime.now(UTC)


def compare(database_time: datetime, *, asked_at: datetime) -> None:
    """Note what time it was for the database, asked when `own_now` was `asked_at`."""
    global _difference
    answered_at = own_now()
    way = (answered_at - asked_at) / 2
    difference = database_time - (asked_at + way)
    found = difference if abs(difference) > _TOLERATED + abs(way) else _NONE
    if abs(found - _difference) > _TOLERATED:
        logger.warning("clock_differs", extra={"seconds": round(found.total_seconds(), 1)})
    _difference = found
