"""What Celery carries: a schema's name and delivery ids. The rows in PostgreSQL are the truth."""

import time

from celery import shared_task

from apps.shared.tasks import TenantTask

from .lease import Handed
from .work import deliver_all

# Others wait behind a message, of other shops perhaps: what takes longer goes back into the line.
MESSAGE_SECONDS = 0.5


@shared_task(base=TenantTask, name="outbox.deliver")
def deliver_batch(*, schema_name: str, handed: list[list[int]]) -> None:
    """Make the deliveries, given as [delivery id, token] pairs."""
    deliver_all(
        [Handed(delivery_id, token) for delivery_id, token in handed],
        ends_at=time.monotonic() + MESSAGE_SECONDS,
    )
