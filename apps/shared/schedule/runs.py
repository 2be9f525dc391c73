"""One run per job, shop and period: who may do it, and whether it was done.

Each function is one statement in `public`, a transaction by itself.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from apps.shared import clock
from apps.shared.fast_sql import fetch_all, fetch_one

# A shop's row is taken over by each period; one that nobody touched for so long has no shop, or no
# job, any more.
KEPT_FOR = timedelta(days=30)

# A period that has not even begun was written by a clock that was wrong: it holds up nothing.
_UNBORN = timedelta(minutes=1)

_IS_FREE = "(run.leased_until IS NULL OR run.leased_until <= %(now)s)"
_IS_DUE = """(
    run.period < %(period)s OR run.period > %(unborn)s
    OR (run.period = %(period)s AND run.done_at IS NULL)
)"""
_OPEN = f"""
    SELECT shop.name FROM unnest(%(shops)s::text[]) WITH ORDINALITY AS shop (name, position)
    LEFT JOIN public.schedule_scheduledrun AS run
        ON run.schema_name = shop.name AND run.job = %(job)s
    WHERE run.id IS NULL OR ({_IS_FREE} AND {_IS_DUE})
    ORDER BY shop.position
"""  # noqa: S608 - our own constants
_TAKE = f"""
    INSERT INTO public.schedule_scheduledrun AS run (job, schema_name, period, token, leased_until)
    VALUES (%(job)s, %(shop)s, %(period)s, 1, %(until)s)
    ON CONFLICT (job, schema_name) DO UPDATE SET
        period = excluded.period, token = run.token + 1,
        leased_until = excluded.leased_until, done_at = NULL
    WHERE {_IS_FREE} AND {_IS_DUE}
    RETURNING run.token
"""  # noqa: S608 - our own constants
_LEAVE = """
    UPDATE public.schedule_scheduledrun SET leased_until = NULL, done_at = %s
    WHERE job = %s AND schema_name = %s AND token = %s RETURNING id
"""
_FORGET = "DELETE FROM public.schedule_scheduledrun WHERE period < %s RETURNING id"


def period_of(now: datetime, *, every: timedelta) -> datetime:
    """When the period of this length began that `now` is in; those of a day begin at 00:00 UTC."""
    seconds = every.total_seconds()
    return datetime.fromtimestamp(now.timestamp() // seconds * seconds, tz=UTC)


def open_runs(*, job: str, period: datetime, shops: Sequence[str], now: datetime) -> list[str]:
    """Those of the shops, in their order, where the period is neither done nor being worked on."""
    asked = {
        "job": job,
        "period": period,
        "shops": list(shops),
        "now": now,
        "unborn": now + _UNBORN,
    }
    return [name for (name,) in fetch_all(_OPEN, asked)]


def take_run(
    *, job: str, period: datetime, schema_name: str, lease: timedelta, now: datetime
) -> int | None:
    """The token of a run that is now the caller's, until its lease ends.

    None when the period, or a later one, was done, or somebody is at work, be it on another period.
    """
    row = fetch_one(
        _TAKE,
        {
            "job": job,
            "shop": schema_name,
            "period": period,
            "until": now + lease,
            "now": now,
            "unborn": now + _UNBORN,
        },
    )
    return int(row[0]) if row else None


def leave_run(*, job: str, schema_name: str, token: int, done_at: datetime | None) -> bool:
    """The run was done, or is given back for somebody else to try (`done_at` None).

    False, and nothing is written, when it is somebody else's by now.
    """
    return bool(fetch_all(_LEAVE, (done_at, job, schema_name, token)))


@contextmanager
def turn(*, job: str, period: datetime, schema_name: str, lease: timedelta) -> Iterator[bool]:
    """Whether this run is ours. It is done when the block ends, and given back when it raises; if
    the process dies, it is free when the lease ends."""
    token = take_run(job=job, period=period, schema_name=schema_name, lease=lease, now=clock.now())
    if token is None:
        yield False
        return
    done_at: datetime | None = None
    try:
        yield True
        done_at = clock.now()
    finally:
        leave_run(job=job, schema_name=schema_name, token=token, done_at=done_at)


def forget_old_runs(*, now: datetime) -> int:
    """Delete the rows of shops and jobs that are no more. How many."""
    return len(fetch_all(_FORGET, (now - KEPT_FOR,)))
