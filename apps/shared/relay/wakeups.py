"""Telling the relay that a schema has work."""

import math
from datetime import UTC, datetime, timedelta

from django.db import transaction

from apps.shared import clock
from apps.shared.db import joins_transaction

from .models import Wakeup
from .signal import ring

# Looks at the ends of leases come due together, and one serves all leases of a shop that end about
# then: mostly it finds that all is done.
LEASE_ENDS_EVERY = timedelta(seconds=2)


@joins_transaction
def wake_relay(*, schema_name: str, due_at: datetime, queue: str = "") -> None:
    """Ask for a look into `schema_name` at `due_at`, at all queues or one; rings if that is now.

    The row is what counts; the bell only saves the relay's poll interval.
    """
    Wakeup.objects.create(schema_name=schema_name, queue=queue, due_at=due_at)
    if due_at <= clock.now():
        # Robust: what is committed is not to fail because nobody heard of it.
        transaction.on_commit(ring, robust=True)


def look_after_lease(ends_at: datetime) -> datetime:
    """When to look whether what was leased until `ends_at` is done: at most two seconds later."""
    every = LEASE_ENDS_EVERY.total_seconds()
    return datetime.fromtimestamp(math.ceil(ends_at.timestamp() / every) * every, tz=UTC)
