"""Order among the deliveries of one aggregate, for the subscribers that ask for it.

The relay hands out the head of a line only; whoever finishes it calls up the next. What stands
behind the head is put off meanwhile, so that nobody looks at it in vain each second.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection

from apps.shared.db import joins_transaction
from apps.shared.events import lines
from apps.shared.fast_sql import fetch_one
from apps.shared.relay.wakeups import wake_relay
from apps.shared.schema import current_schema

from .models import DeliveryState, EventDelivery

# A head that is running may be done any moment, and its call may have missed one that is put off
# just now. One that is dead waits for a person, who calls up the next.
_SHORTEST_WAIT = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(seconds=60)

# The delivery that is not done and comes first, for each line and aggregate of the given ones.
_BEHIND = """
    WITH lines AS (
        SELECT stands.subscriber, stands.line
        FROM unnest(%(subscribers)s::text[], %(lines)s::text[]) AS stands(subscriber, line)
    ), mine AS (
        SELECT delivery.id, lines.line, event.aggregate_type, event.aggregate_id, event.sequence
        FROM {schema}.outbox_eventdelivery AS delivery
        JOIN {schema}.outbox_domainevent AS event ON event.id = delivery.event_id
        JOIN lines ON lines.subscriber = delivery.subscriber
        WHERE delivery.id = ANY(%(ids)s)
    )
    SELECT array_agg(mine.id), array_agg(head.state::text), array_agg(head.due_at)
    FROM (SELECT DISTINCT line, aggregate_type, aggregate_id FROM mine) AS queue
    CROSS JOIN LATERAL (
        SELECT event.sequence, delivery.state, delivery.due_at
        FROM {schema}.outbox_domainevent AS event
        JOIN {schema}.outbox_eventdelivery AS delivery ON delivery.event_id = event.id
        JOIN lines ON lines.subscriber = delivery.subscriber AND lines.line = queue.line
        WHERE event.aggregate_type = queue.aggregate_type
            AND event.aggregate_id = queue.aggregate_id
            AND delivery.state <> 'done'
        ORDER BY event.sequence
        LIMIT 1
    ) AS head
    JOIN mine ON (mine.line, mine.aggregate_type, mine.aggregate_id)
        = (queue.line, queue.aggregate_type, queue.aggregate_id)
    WHERE head.sequence < mine.sequence
"""


@joins_transaction
def hold_back(rows: Sequence[EventDelivery], *, now: datetime) -> list[EventDelivery]:
    """Put off those of the caller's locked rows that must wait for an earlier one; returns the
    others. Without a row of a subscriber that keeps order, no statement."""
    standing = lines()
    ordered = [row for row in rows if row.subscriber in standing]
    if not ordered:
        return list(rows)
    behind = _behind(ordered, standing)
    for row in ordered:
        if row.pk not in behind:
            continue
        state, head_due_at = behind[row.pk]
        if row.state == DeliveryState.RUNNING:
            # One before it was sent on its way again: the message that is out is void.
            row.token += 1
            row.state = DeliveryState.PENDING
        row.due_at = _next_look(state, head_due_at, now)
    held = [row for row in ordered if row.pk in behind]
    EventDelivery.objects.bulk_update(held, ["state", "token", "due_at"])
    return [row for row in rows if row.pk not in behind]


@joins_transaction
def call_next(row: EventDelivery, *, now: datetime) -> None:
    """After `row` is done: make the next of its line due. Nothing for one that keeps no order.

    Waits for a relay that holds the next one: what that puts off is called up all the same.
    """
    standing = lines()
    line = standing.get(row.subscriber)
    if line is None:
        return
    event = row.event
    following = EventDelivery.objects.filter(
        event__aggregate_type=event.aggregate_type,
        event__aggregate_id=event.aggregate_id,
        event__sequence__gt=event.sequence,
        subscriber__in=[key for key, one in standing.items() if one == line],
        state=DeliveryState.PENDING,
    )
    following = following.order_by("event__sequence")
    first = following.values_list("event__sequence", flat=True).first()
    if first is None:
        return
    called = following.filter(event__sequence=first).values_list("pk", flat=True)
    EventDelivery.objects.filter(pk__in=list(called), state=DeliveryState.PENDING).update(
        due_at=now
    )
    wake_relay(schema_name=current_schema(), due_at=now)


def _behind(
    rows: Sequence[EventDelivery], standing: dict[str, str]
) -> dict[int, tuple[str, datetime]]:
    """State and due time of the head, by the ids of those that are not it."""
    found = fetch_one(
        _BEHIND.format(schema=connection.ops.quote_name(current_schema())),
        {
            "subscribers": list(standing),
            "lines": list(standing.values()),
            "ids": [row.pk for row in rows],
        },
        savepoint=False,
    )
    ids, states, due = (column or [] for column in found or ([], [], []))
    return dict(zip(ids, zip(states, due, strict=True), strict=True))


def _next_look(head_state: str, head_due_at: datetime, now: datetime) -> datetime:
    if head_state == DeliveryState.RUNNING:
        return now + _SHORTEST_WAIT
    if head_state == DeliveryState.DEAD:
        return now + _LONGEST_WAIT
    return min(max(head_due_at, now + _SHORTEST_WAIT), now + _LONGEST_WAIT)
