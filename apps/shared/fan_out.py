"""Work for every shop, once a period: few messages that name many shops, instead of one for each.

What beat sends may come twice, or from two beats; a message may be lost, or die with its worker.
Each run of a job in a shop is taken in PostgreSQL first (`apps.shared.schedule`): what was taken is
not done twice, and what was not done is sent again the next time that beat asks.
"""

import logging
import random
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.shared import clock, context
from apps.shared.errors import Unavailable
from apps.shared.schedule.runs import open_runs, period_of, turn
from apps.shared.schema import use_schema

logger = logging.getLogger(__name__)

MINUTELY, HOURLY, DAILY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

SHOPS_PER_MESSAGE = 50
# Spread over the time between two runs; a message that waited for two of them is dropped.
JITTER_SECONDS = 20
EXPIRES_SECONDS = 120
# So many shops in a row whose provider does not answer: the others would only wait for it too.
SILENT_SHOPS = 3


@dataclass(frozen=True, kw_only=True)
class Job:
    """Work that each active shop has done once in every period of this length.

    After the `lease` the worker of a shop's run counts as dead: should it live, two do the work at
    once, which the work must bear. `log` is what a failure is called in the log.
    """

    name: str
    every: timedelta
    log: str
    lease: timedelta = timedelta(seconds=45)


_who_is_active: list[Callable[[Sequence[str]], Collection[str]]] = []


def ask_who_is_active(selector: Callable[[Sequence[str]], Collection[str]]) -> None:
    """Have the app that knows the shops say which of some are active at this moment."""
    _who_is_active.append(selector)


def send_in_batches(
    task: Any,
    *,
    job: Job,
    schema_name: str,
    shops: Sequence[str],
    jitter: int = JITTER_SECONDS,
    expires: int = EXPIRES_SECONDS,
    **options: Any,
) -> int:
    """Send the task for fifty shops at a time, as its argument `shops`. How many messages.

    Only for shops where the present `period`, which is the other argument, is neither done nor
    being worked on. `options` are those of `apply_async`, such as the queue.
    """
    now = clock.now()
    period = period_of(now, every=job.every)
    due = open_runs(job=job.name, period=period, shops=shops, now=now)
    batches = [
        due[begin : begin + SHOPS_PER_MESSAGE] for begin in range(0, len(due), SHOPS_PER_MESSAGE)
    ]
    for batch in batches:
        task.apply_async(
            kwargs={"schema_name": schema_name, "shops": batch, "period": period.isoformat()},
            countdown=random.uniform(0, jitter) if len(batches) > 1 else 0,  # noqa: S311
            expires=expires,
            **options,
        )
    return len(batches)


def in_random_order(shops: Sequence[str]) -> list[str]:
    """The same shops, another one first each time."""
    return random.sample(shops, len(shops))


def work_in_shops(
    shops: Sequence[str], work: Callable[[], int], *, job: Job, period: str | None
) -> int:
    """Do `work` in each shop's schema and add up what it returns; a failure stops no other shop.

    A shop where the `period` (as the message gives it) was taken by somebody else is left out, and
    so is one that is not active any more. Without a period somebody asks for the work by hand: it
    is done whatever was done before.

    After three shops in a row that met `Unavailable` the rest is left to the next run; whoever
    works so sends the shops `in_random_order`, that those left over are not always the same.
    """
    done, silent = 0, 0
    for shop in _still_active(shops) if period else shops:
        try:
            with _turn(job, shop, period) as is_ours:
                if is_ours:
                    with use_schema(shop), context.acting(as_actor=f"task:{job.name}"):
                        done += work()
            silent = 0
        except Unavailable:
            logger.warning(job.log, extra={"schema": shop, "reason": "unavailable"})
            silent += 1
            if silent >= SILENT_SHOPS:
                break
        except Exception:  # one shop's trouble, whatever it is, must not be the others'
            logger.exception(job.log, extra={"schema": shop})
    return done


def _turn(job: Job, shop: str, period: str | None) -> AbstractContextManager[bool]:
    if period is None:
        return nullcontext(True)
    begun = datetime.fromisoformat(period)
    return turn(job=job.name, period=begun, schema_name=shop, lease=job.lease)


def _still_active(shops: Sequence[str]) -> list[str]:
    active = set(shops)
    for selector in _who_is_active:
        active &= set(selector(shops))
    return [shop for shop in shops if shop in active]
