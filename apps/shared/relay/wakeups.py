"""Telling the relay that a schema has work."""

from datetime import datetime

from django.db import transaction

from apps.shared import clock
from apps.shared.db import joins_transaction

from .models import Wakeup
from .signal import ring


@joins_transaction
def wake_relay(*, schema_name: str, due_at: datetime) -> None:
    """Ask for a look into `schema_name` at `due_at`; if that is now, ring after the commit.

    The row is what counts; the bell only saves the relay's poll interval.
    """
    Wakeup.objects.create(schema_name=schema_name, due_at=due_at)
    if due_at <= clock.now():
        # Robust: what is committed is not to fail because nobody heard of it.
        transaction.on_commit(ring, robust=True)
