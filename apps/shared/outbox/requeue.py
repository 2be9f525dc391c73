"""Sending deliveries on their way again that nothing would send by itself."""

from datetime import datetime, timedelta

from django.db.models import Q

from apps.shared.audit.record import Target
from apps.shared.db import owns_transaction
from apps.shared.mending import Difference, record_mend
from apps.shared.relay.wakeups import wake_relay
from apps.shared.schema import current_schema

from .claim import OPEN_STATES
from .models import DeliveryState, EventDelivery
from .wanted import WantedDeliveries, matching

# Relay and leases take up what is due within 30 s: what is due for longer waits in vain.
STUCK_AFTER = timedelta(minutes=10)
_SHOWN_ERROR = 300


class DeliveryNotFound(LookupError):
    """There is no such delivery here."""


def deliveries_to_requeue(*, wanted: WantedDeliveries, now: datetime) -> list[int]:
    """Ids of dead letters, and of deliveries that are due for too long; the oldest first.

    With `even_done`, of those that are done as well. Ids that were asked for are returned even when
    nothing can be done about them. Raises ValueError when all that was ever done would fit.
    """
    if wanted.even_done and not wanted.is_narrow:
        raise ValueError("What is done is sent again by id, event, subscriber or time only.")
    rows = matching(wanted)
    if wanted.ids:
        found = set(rows.values_list("pk", flat=True))
        known = set(EventDelivery.objects.filter(pk__in=wanted.ids).values_list("pk", flat=True))
        return sorted(found | (set(wanted.ids) - known))
    states = Q(state=DeliveryState.DEAD)
    if not wanted.dead_only:
        states |= _stuck(now)
    if wanted.even_done:
        states |= Q(state=DeliveryState.DONE)
    return list(rows.filter(states).order_by("pk").values_list("pk", flat=True))


def difference_of_delivery(
    *, delivery_id: int, now: datetime, even_done: bool = False
) -> Difference | None:
    """What sending it again would change; None when it is on its way, or done and not `even_done`.

    Raises DeliveryNotFound.
    """
    row = EventDelivery.objects.select_related("event").filter(pk=delivery_id).first()
    if row is None:
        raise DeliveryNotFound(f"There is no delivery {delivery_id}.")
    return _difference(row, now, even_done=even_done)


@owns_transaction
def requeue_delivery(
    *, delivery_id: int, now: datetime, even_done: bool = False
) -> Difference | None:
    """Give a dead or stuck delivery five new attempts, from now on; `even_done`, one that is done.

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
    difference = _difference(row, now, even_done=even_done)
    if difference is None:
        return None
    row.state = DeliveryState.PENDING
    row.attempts = 0
    row.token += 1
    row.due_at = now
    row.delivered_at = None
    row.save(update_fields=["state", "attempts", "token", "due_at", "delivered_at"])
    record_mend(repair="deliveries", difference=difference, now=now)
    wake_relay(schema_name=current_schema(), due_at=now)
    return difference


def _stuck(now: datetime) -> Q:
    return Q(state__in=OPEN_STATES, due_at__lt=now - STUCK_AFTER)


def _difference(row: EventDelivery, now: datetime, *, even_done: bool) -> Difference | None:
    why = _why(row, now, even_done)
    if not why:
        return None
    return Difference(
        target=Target("event_delivery", str(row.pk)),
        label=f"{row.event.name} to {row.subscriber}",
        before=_told(row.state, row.attempts, row.due_at, row),
        after=_told(DeliveryState.PENDING, 0, now, row),
        why=why,
    )


def _why(row: EventDelivery, now: datetime, even_done: bool) -> str:
    if row.state == DeliveryState.DEAD:
        return "dead letter"
    if row.state in OPEN_STATES and row.due_at < now - STUCK_AFTER:
        return f"due for more than {STUCK_AFTER}"
    if row.state == DeliveryState.DONE and even_done:
        done = f"{row.delivered_at:%Y-%m-%d %H:%M:%S}" if row.delivered_at else "given up"
        return f"done ({done}), and asked for again"
    return ""


def _told(state: str, attempts: int, due_at: datetime, row: EventDelivery) -> dict[str, object]:
    return {
        "state": str(state),
        "attempts": attempts,
        "due_at": due_at.isoformat(timespec="seconds"),
        "last_error": row.last_error[:_SHOWN_ERROR],
    }
