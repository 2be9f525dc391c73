"""Keeping what was found."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime

from django.db.models import Count, Min, Q, Sum

from apps.shared.db import owns_transaction
from apps.shared.invariants.declare import declared
from apps.shared.invariants.examine import Examined
from apps.shared.invariants.models import InvariantResult
from apps.shared.schema import PUBLIC, use_schema

_LONGEST_ERROR = 2000


def record_results(*, schema_name: str, examined: Sequence[Examined], now: datetime) -> None:
    """Keep these results of a shop instead of its former ones; forget checks that are no more."""
    with use_schema(PUBLIC):
        _write(schema_name, examined, now)


@owns_transaction
def _write(schema_name: str, examined: Sequence[Examined], now: datetime) -> None:
    InvariantResult.objects.bulk_create(
        (
            InvariantResult(
                schema_name=schema_name,
                check_name=one.invariant.name,
                violations=one.found.count,
                sample=[asdict(offender) for offender in one.found.sample],
                error=one.error.replace("\x00", "")[:_LONGEST_ERROR],
                checked_at=now,
            )
            for one in examined
        ),
        update_conflicts=True,
        unique_fields=["schema_name", "check_name"],
        update_fields=["violations", "sample", "error", "checked_at"],
    )
    known = [one.name for one in declared()]
    former = InvariantResult.objects.filter(schema_name=schema_name)
    former.exclude(check_name__in=known).delete()


def forget_other_shops(*, kept: Collection[str]) -> int:
    """Forget the results of shops that are checked no more (dropped, suspended). How many."""
    with use_schema(PUBLIC):
        count, _ = InvariantResult.objects.exclude(schema_name__in=kept).delete()
    return count


def totals() -> dict[str, tuple[int, int, datetime]]:
    """By check: offenders in all shops, shops where it could not be run, the oldest run."""
    with use_schema(PUBLIC):
        rows = InvariantResult.objects.values_list("check_name").annotate(
            found=Sum("violations"),
            failed=Count("id", filter=~Q(error="")),
            oldest=Min("checked_at"),
        )
        return {name: (int(found), failed, oldest) for name, found, failed, oldest in rows}
