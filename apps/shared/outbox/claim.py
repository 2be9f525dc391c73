"""Handing out deliveries that are due."""

from datetime import datetime

from django.db.models import F

from apps.shared.db import joins_transaction
from apps.shared.relay.wakeups import wake_relay
from apps.shared.schema import current_schema

from .deliver import LEASE, MAX_ATTEMPTS, Handed
from .models import DeliveryState, EventDelivery

OPEN_STATES = (DeliveryState.PENDING, DeliveryState.RUNNING)


@joins_transaction
def claim_due(*, now: datetime, limit: int) -> dict[str, list[Handed]]:
    """Take up to `limit` due deliveries of the current schema under a lease, per queue.

    Due are pending ones whose time has come and running ones whose worker let its lease run out.
    Several relays may claim at once: each row goes to one of them.
    """
    due = list(
        EventDelivery.objects.select_for_update(skip_locked=True)
        .filter(state__in=OPEN_STATES, due_at__lte=now)
        .order_by("due_at", "id")[:limit]
    )
    exhausted = [row.pk for row in due if row.attempts >= MAX_ATTEMPTS]
    EventDelivery.objects.filter(pk__in=exhausted).update(
        state=DeliveryState.DEAD, last_error="The worker died or lost its lease every time."
    )
    claimed = [row for row in due if row.attempts < MAX_ATTEMPTS]
    if not claimed:
        return {}
    lease_end = now + LEASE
    EventDelivery.objects.filter(pk__in=[row.pk for row in claimed]).update(
        state=DeliveryState.RUNNING, attempts=F("attempts") + 1, due_at=lease_end
    )
    wake_relay(schema_name=current_schema(), due_at=lease_end)
    if len(due) == limit:
        wake_relay(schema_name=current_schema(), due_at=now)
    by_queue: dict[str, list[Handed]] = {}
    for row in claimed:
        by_queue.setdefault(row.queue, []).append(Handed(row.pk, row.attempts + 1))
    return by_queue


@joins_transaction
def hand_back(handed: list[Handed], *, now: datetime, due_at: datetime) -> None:
    """Undo a claim whose message could not be sent: nobody tried, so no attempt is counted."""
    for one in handed:
        EventDelivery.objects.filter(
            pk=one.delivery_id, state=DeliveryState.RUNNING, attempts=one.attempt
        ).update(state=DeliveryState.PENDING, attempts=F("attempts") - 1, due_at=due_at)
    wake_relay(schema_name=current_schema(), due_at=due_at)
