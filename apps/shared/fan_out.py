"""Work for every shop: few messages that name many shops, instead of one message for each."""

import logging
import random
from collections.abc import Callable, Sequence
from typing import Any

from apps.shared import context
from apps.shared.errors import Unavailable
from apps.shared.schema import use_schema

logger = logging.getLogger(__name__)

SHOPS_PER_MESSAGE = 50
# Spread over the time between two runs; a message that waited for two of them is dropped.
JITTER_SECONDS = 20
EXPIRES_SECONDS = 120
# So many shops in a row whose provider does not answer: the others would only wait for it too.
SILENT_SHOPS = 3


def send_in_batches(
    task: Any,
    *,
    schema_name: str,
    shops: Sequence[str],
    jitter: int = JITTER_SECONDS,
    expires: int = EXPIRES_SECONDS,
    **options: Any,
) -> int:
    """Send the task for fifty shops at a time, as its argument `shops`. How many messages.

    `options` are those of `apply_async`, such as the queue.
    """
    batches = [
        list(shops[begin : begin + SHOPS_PER_MESSAGE])
        for begin in range(0, len(shops), SHOPS_PER_MESSAGE)
    ]
    for batch in batches:
        task.apply_async(
            kwargs={"schema_name": schema_name, "shops": batch},
            countdown=random.uniform(0, jitter) if len(batches) > 1 else 0,  # noqa: S311
            expires=expires,
            **options,
        )
    return len(batches)


def in_random_order(shops: Sequence[str]) -> list[str]:
    """The same shops, another one first each time."""
    return random.sample(shops, len(shops))


def work_in_shops(shops: Sequence[str], work: Callable[[], int], *, actor: str, log: str) -> int:
    """Do `work` in each shop's schema and add up what it returns; a failure stops no other shop.

    After three shops in a row that met `Unavailable` the rest is left to the next run; whoever
    works so sends the shops `in_random_order`, that those left over are not always the same.
    """
    done, silent = 0, 0
    for shop in shops:
        try:
            with use_schema(shop), context.acting(as_actor=actor):
                done += work()
            silent = 0
        except Unavailable:
            logger.warning(log, extra={"schema": shop, "reason": "unavailable"})
            silent += 1
            if silent >= SILENT_SHOPS:
                break
        except Exception:
            logger.exception(log, extra={"schema": shop})
    return done
