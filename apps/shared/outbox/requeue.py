"""Sending deliveries on their way again that nothing would send by itself."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from apps.shared.audit.record import Target
from apps.shared.db import owns_transaction
from apps.shared.mending import Difference, record_mend
from apps.shared.relay.wakeups import wake_relay
from apps.shared.schema import current_schema

from .claim import OPEN_STATES
from .models import DeliveryState, EventDelivery

# Relay and leases take up what is due within 30 s: what is due for longer waits in vain.
STUCK_AFTER = timedelta(minutes=10)
_SHOWN_ERROR = 300


class DeliveryNotFound(LookupError):
    """There is no such delivery here."""


@dataclass(frozen=True, kw_only=True)
class WantedDeliveries:
    """Which to send again: everything that is given must fit. Times are those of the events."""

    ids: Collection[int] = ()
    event_name: str = ""
    since: datetime | None = None
    until: datetime | None = None
    dead_only: bool = False


def deliveries_to_requeue(*, wanted: WantedDeliveries, now: datetime) -> list[int]:
    """Ids of dead letters, and of deliveries that are due for too long; the oldest first.

    Ids that were asked for are returned even when nothing can be done about them.
    """
    rows: QuerySet[EventDelivery] = EventDelivery.objects.all()
    if wanted.event_name:
        rows = rows.filter(event__name=wanted.event_name)
    if wanted.since:
        rows = rows.filter(event__occurred_at__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(event__occurred_at__lt=wanted.until)
    if wanted.ids:
        found = set(rows.filter(pk__in=wanted.ids).values_list("pk", flat=True))
        known = set(EventDelivery.objects.filter(pk__in=wanted.ids).values_list("pk", flat=True))
        return sorted(found | (set(wanted.ids) - known))
    states = Q(state=DeliveryState.DEAD)
    if not wanted.dead_only:
        states |= _stuck(now)
    return list(rows.filter(states).order_by("pk").values_list("pk", flat=True))


def difference_of_delivery(*, delivery_id: int, now: datetime) -> Difference | None:
    """What sending it again would change; None when it is done or on its way.

    Raises DeliveryNotFound.
    """
    row = EventDelivery.objects.select_related("event").filter(pk=delivery_id).first()
    if row is None:
        raise DeliveryNotFound(f"There is no delivery {delivery_id}.")
    return _difference(row, now)


@owns_transaction
def requeue_delivery(*, delivery_id: int, now: datetime) -> Difference | None:
    """Give a dead or stuck delivery five new attempts, from now on.

    Its last error stays on the row until it is done, and in the audit for good. A new token keeps
    whoever may still hold the old lease from acting. None: it is done, or on its way, by now.

    Raises DeliveryNotFound.
    """
    row = (
        EventDelivery.objects.select_for_update(of=("self",))
        .select_related("event")
        .filter(pk=delivery_id)
        .first()
    )
    if row is None:
        raise DeliveryNotFound(f"There is no delivery {delivery_id}.")
    difference = _difference(row, now)
    if difference is None:
        return None
    row.state = DeliveryState.PENDING
    row.attempts = 0
    row.token += 1
    row.due_at = now
    row.save(update_fields=["state", "attempts", "token", "due_at"])
    record_mend(repair="deliveries", difference=difference, now=now)
    wake_relay(schema_name=current_schema(), due_at=now)
    return difference


def _stuck(now: datetime) -> Q:
    return Q(state__in=OPEN_STATES, due_at__lt=now - STUCK_AFTER)


def _difference(row: EventDelivery, now: datetime) -> Difference | None:
    is_dead = row.state == DeliveryState.DEAD
    is_stuck = row.state in OPEN_STATES and row.due_at < now - STUCK_AFTER
    if not is_dead and not is_stuck:
        return None
    return Difference(
        target=Target("event_delivery", str(row.pk)),
        label=f"{row.event.name} to {row.subscriber}",
        before={
            "state": row.state,
            "attempts": row.attempts,
            "due_at": row.due_at.isoformat(timespec="seconds"),
            "last_error": row.last_error[:_SHOWN_ERROR],
        },
        after={
            "state": str(DeliveryState.PENDING),
            "attempts": 0,
            "due_at": now.isoformat(timespec="seconds"),
            "last_error": row.last_error[:_SHOWN_ERROR],
        },
        why="dead letter" if is_dead else f"due for more than {STUCK_AFTER}",
    )
