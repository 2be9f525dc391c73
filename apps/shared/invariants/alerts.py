"""Telling people that something is not as it must be."""

import logging
from collections.abc import Iterable

from apps.shared.invariants.examine import Examined
from apps.shared.tasks import job_failed

logger = logging.getLogger(__name__)


class InvariantViolated(Exception):
    """Sent with the alert: which check, of which ids, and how many rows."""


def tell_of(examined: Iterable[Examined], *, schema_name: str) -> int:
    """An ERROR line and a `job_failed` signal for each check that is not well. How many."""
    unwell = [one for one in examined if not one.is_well]
    for one in unwell:
        logger.error(
            "invariant.violated" if one.found.count else "invariant.unchecked",
            extra={
                "check": one.invariant.name,
                "ids": list(one.invariant.ids),
                "severity": str(one.invariant.severity),
                "schema": schema_name,
                "violations": one.found.count,
                "rows": [offender.row for offender in one.found.sample],
                "reason": one.error,
            },
        )
        job_failed.send_robust(
            sender=Examined,
            job=f"invariants:{one.invariant.name}",
            schema_name=schema_name,
            error=InvariantViolated(
                f"{', '.join(one.invariant.ids)}: {one.error or f'{one.found.count} rows'}"
            ),
        )
    return len(unwell)
