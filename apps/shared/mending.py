"""What the repairs of all apps have in common: how they say what is wrong, and write it down."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from apps.shared.audit.record import Target, Told, record
from apps.shared.db import joins_transaction, retry_lost_races, unit_of_work


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A row as it is and as it should be: what a repair would change, or has changed.

    `label` is what people call the row, `why` what the repair went by.
    """

    target: Target
    before: Told
    after: Told
    label: str = ""
    why: str = ""


class NotMendable(Exception):
    """Something is wrong that no rule can put right: a person must decide. Says what and why."""


@joins_transaction
def record_mend(*, repair: str, difference: Difference, now: datetime) -> None:
    """The audit entry of a mended row, in the transaction that mends it.

    Its action is `repair.<repair>`, one of payments, refunds, stock, deliveries, webhooks.
    """
    record(
        action=f"repair.{repair}",
        target=difference.target,
        before=difference.before,
        after=difference.after,
        why=difference.why,
        now=now,
    )


def mend_in_one(
    work: Callable[[], Difference | None], *, repair: str, now: datetime
) -> Difference | None:
    """Do `work` and write its audit entry in one transaction; None when it found nothing to do.

    `work` may call services that own their transactions: they become savepoints of this one.
    """

    def once() -> Difference | None:
        with unit_of_work():
            difference = work()
            if difference is not None:
                record_mend(repair=repair, difference=difference, now=now)
            return difference

    return retry_lost_races(once)
