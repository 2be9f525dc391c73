"""Keys that are over: after 24 hours a key is new (IDEM-003), whether or not its record is gone."""

from datetime import datetime

from django.db.models import Q

from apps.shared.db import outside_transaction, unit_of_work

from .models import IdempotencyRecord
from .services import KEPT_FOR

_BATCH = 1_000


@outside_transaction
def prune_records(*, now: datetime, most: int) -> int:
    """Delete records older than 24 hours, `most` at most, in short transactions. How many.

    A request that is still under way keeps its record, however old; one that is being read now is
    left to the next run. I6.
    """
    deleted = 0
    while deleted < most:
        with unit_of_work():
            over = IdempotencyRecord.objects.filter(
                Q(locked_until=None) | Q(locked_until__lte=now), created_at__lte=now - KEPT_FOR
            ).order_by("created_at")
            batch = over.select_for_update(skip_locked=True).values_list("pk", flat=True)
            count, _ = IdempotencyRecord.objects.filter(
                pk__in=list(batch[: min(_BATCH, most - deleted)])
            ).delete()
        if not count:
            break
        deleted += count
    return deleted
