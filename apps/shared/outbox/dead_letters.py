"""Deliveries that nobody will try again by himself."""

import logging
from functools import partial

from django.db import transaction

from apps.shared import metrics
from apps.shared.db import joins_transaction
from apps.shared.schema import current_schema
from apps.shared.tasks import job_failed
from apps.shared.text import storable

from .models import DeliveryState, EventDelivery

logger = logging.getLogger(__name__)
_LONGEST_ERROR = 2000


def told(error: Exception) -> str:
    """An exception as the row keeps it."""
    return storable(f"{type(error).__name__}: {error}")[:_LONGEST_ERROR]


@joins_transaction
def bury(row: EventDelivery, *, error: Exception) -> None:
    """Make a locked delivery a dead letter; log it, and tell who listens once that is committed."""
    row.state = DeliveryState.DEAD
    row.last_error = told(error)
    row.save(update_fields=["state", "last_error"])
    logger.error("delivery_dead", extra={"delivery": row.pk, "subscriber": row.subscriber})
    tell = partial(
        job_failed.send_robust,
        sender=EventDelivery,
        job=row.subscriber,
        schema_name=current_schema(),
        error=error,
    )
    transaction.on_commit(metrics.EVENTS_DEAD.inc)
    transaction.on_commit(tell)
