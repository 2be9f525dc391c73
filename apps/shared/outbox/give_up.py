"""Dead letters that nobody will deliver."""

from datetime import datetime

from apps.shared.audit.record import Target
from apps.shared.db import owns_transaction
from apps.shared.mending import Difference, record_mend

from .models import DeliveryState, EventDelivery
from .order import call_next
from .requeue import DeliveryNotFound


def difference_of_giving_up(*, delivery_id: int, why: str) -> Difference | None:
    """What giving it up would change; None for one that is no dead letter.

    Raises DeliveryNotFound.
    """
    row = EventDelivery.objects.select_related("event").filter(pk=delivery_id).first()
    if row is None:
        raise DeliveryNotFound(f"There is no delivery {delivery_id}.")
    return _difference(row, why)


@owns_transaction
def give_up_delivery(*, delivery_id: int, why: str, now: datetime) -> Difference | None:
    """Close a dead letter without delivering it; what waits behind it goes on.

    It is `done`, never delivered (no `delivered_at`), and keeps its last error. None for one that
    is no dead letter (any more).

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
    difference = _difference(row, why)
    if difference is None:
        return None
    row.state = DeliveryState.DONE
    row.token += 1
    row.save(update_fields=["state", "token"])
    record_mend(repair="deliveries", difference=difference, now=now)
    call_next(row, now=now)
    return difference


def _difference(row: EventDelivery, why: str) -> Difference | None:
    if row.state != DeliveryState.DEAD:
        return None
    return Difference(
        target=Target("event_delivery", str(row.pk)),
        label=f"{row.event.name} to {row.subscriber}",
        before={"state": row.state, "last_error": row.last_error[:300]},
        after={"state": "done, not delivered", "last_error": row.last_error[:300]},
        why=why,
    )
