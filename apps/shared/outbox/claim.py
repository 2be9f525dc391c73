"""Handing out deliveries that are due."""

from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import F, Min

from apps.shared.db import joins_transaction
from apps.shared.relay.wakeups import wake_relay
from apps.shared.schema import current_schema

from .dead_letters import bury
from .deliver import MAX_ATTEMPTS
from .lease import LEASE, Handed
from .models import DeliveryState, EventDelivery
from .order import hold_back


class WorkerLost(Exception):
    """A delivery's attempts are used up, and none of them has ended."""


OPEN_STATES = (DeliveryState.PENDING, DeliveryState.RUNNING)
_MAX_LEASE_DOUBLINGS = 2
# How long to leave a due row alone that somebody else has locked.
_LOCKED_PAUSE = timedelta(seconds=1)


@joins_transaction
def claim_due(*, now: datetime, limit: int) -> dict[str, list[Handed]]:
    """Take up to `limit` due deliveries of the current schema under a lease, per queue.

    Due are pending ones whose time has come and running ones whose lease has run out. Several
    relays may claim at once: each row goes to one of them. What must wait for an earlier one of
    its aggregate is put off.
    """
    due = list(
        EventDelivery.objects.select_for_update(skip_locked=True)
        .filter(state__in=OPEN_STATES, due_at__lte=now)
        .order_by("due_at", "id")[:limit]
    )
    for row in due:
        if row.attempts >= MAX_ATTEMPTS:
            bury(row, error=WorkerLost("it died or lost its lease every time"))
    claimed = hold_back([row for row in due if row.attempts < MAX_ATTEMPTS], now=now)
    for lease, rows in groupby(sorted(claimed, key=_lease), key=_lease):
        EventDelivery.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=DeliveryState.RUNNING, token=F("token") + 1, due_at=now + lease
        )
    _wake_relay_for_the_rest(now=now, at_once=len(due) == limit)
    by_queue: dict[str, list[Handed]] = {}
    for row in claimed:
        by_queue.setdefault(row.queue, []).append(Handed(row.pk, row.token + 1))
    return by_queue


@joins_transaction
def hand_back(handed: list[Handed], *, now: datetime, due_at: datetime) -> None:
    """Undo a claim whose message could not be sent. What a worker has begun is left alone."""
    for one in handed:
        EventDelivery.objects.filter(
            pk=one.delivery_id, state=DeliveryState.RUNNING, token=one.token
        ).update(state=DeliveryState.PENDING, due_at=due_at)
    wake_relay(schema_name=current_schema(), due_at=due_at)


def _lease(row: EventDelivery) -> timedelta:
    """Longer for a delivery that was handed out before and never begun.

    Its message probably waits in a queue whose worker is down or behind; sending another one every
    few seconds would only make that queue longer.
    """
    never_begun = row.token - 2 * row.attempts  # both a hand-out and a beginning take a token
    doublings = min(max(never_begun, 0), _MAX_LEASE_DOUBLINGS)
    return LEASE * int(2**doublings)


def _wake_relay_for_the_rest(*, now: datetime, at_once: bool) -> None:
    """A look uses up the schema's wake-ups: leave one for the earliest delivery still open."""
    if at_once:
        wake_relay(schema_name=current_schema(), due_at=now)
        return
    still_open = EventDelivery.objects.filter(state__in=OPEN_STATES)
    earliest = still_open.aggregate(earliest=Min("due_at"))["earliest"]
    if earliest is not None:
        wake_relay(schema_name=current_schema(), due_at=max(earliest, now + _LOCKED_PAUSE))
