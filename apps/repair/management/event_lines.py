"""Events and deliveries as lines of text."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from apps.shared.outbox.look import Backlog

_MOMENT = "%Y-%m-%d %H:%M:%S"


def delivery_line(row: Any) -> str:
    """One delivery in one line."""
    event = row.event
    when = row.delivered_at if row.state == "done" else row.due_at
    error = row.last_error.partition("\n")[0][:120]
    told = (
        f"{row.pk:>10}  {row.state:7} {row.attempts}/5  {event.name} of {event.shown_aggregate}"
        f" #{event.sequence} ({event.occurred_at:{_MOMENT}})  to {row.subscriber}"
        f"  {_when(row.state)} {_moment(when)}"
    )
    return f"{told}\n{'':14}{error}" if error else told


def delivery_as_json(shop: str, row: Any) -> str:
    """One delivery as a line of JSON."""
    event = row.event
    told = {
        "shop": shop,
        "delivery": row.pk,
        "state": row.state,
        "attempts": row.attempts,
        "subscriber": row.subscriber,
        "queue": row.queue,
        "due_at": row.due_at.isoformat(),
        "delivered_at": row.delivered_at.isoformat() if row.delivered_at else None,
        "last_error": row.last_error,
        "event": str(event.pk),
        "name": event.name,
        "aggregate_id": event.aggregate_id,
        "sequence": event.sequence,
        "occurred_at": event.occurred_at.isoformat(),
        "request_id": event.request_id,
    }
    return json.dumps(told, ensure_ascii=False)


def event_lines(event: Any, deliveries: Sequence[Any]) -> list[str]:
    """An event with all that is known of it."""
    facts = {
        "event": event.pk,
        "name": f"{event.name} (version {event.version})",
        "aggregate": f"{event.aggregate_type} {event.aggregate_id}, event {event.sequence} of it",
        "occurred": f"{event.occurred_at:{_MOMENT}}",
        "actor": event.actor or "–",
        "request": event.request_id or "–",
    }
    payload = json.dumps(event.payload, indent=2, ensure_ascii=False, sort_keys=True)
    lines = [f"  {name:9}  {value}" for name, value in facts.items()]
    lines += ["  payload", *(f"    {line}" for line in payload.splitlines()), "  deliveries"]
    for row in deliveries:
        lines.append(f"    {row.pk}  {row.subscriber}  ({row.queue})")
        lines.append(f"      {row.state}, {row.attempts} attempts, due {_moment(row.due_at)}")
        if row.state == "done":
            lines.append(f"      delivered {_moment(row.delivered_at)}")
        lines += [f"      {line}" for line in row.last_error.splitlines()]
    return lines


def lag_lines(shop: str, found: Sequence[Backlog], *, now: datetime) -> list[str]:
    """What a shop has before it: all together, then by subscriber."""
    oldest = min((one.oldest_at for one in found if one.oldest_at), default=None)
    pending, running, dead = (
        sum(getattr(one, kind) for one in found) for kind in ("pending", "running", "dead")
    )
    lines = [f"{shop}: {_counts(pending, running, dead)}, lag {_age(oldest, now)}"]
    for one in found:
        counts = _counts(one.pending, one.running, one.dead)
        lines.append(f"  {one.subscriber}: {counts}, lag {_age(one.oldest_at, now)}")
    return lines


def _counts(pending: int, running: int, dead: int) -> str:
    return f"{pending} pending, {running} running, {dead} dead"


def _age(oldest: datetime | None, now: datetime) -> str:
    return f"{max((now - oldest).total_seconds(), 0):.0f} s" if oldest else "–"


def _when(state: str) -> str:
    return {"pending": "due", "running": "lease until", "done": "delivered"}.get(state, "last due")


def _moment(when: datetime | None) -> str:
    return f"{when:{_MOMENT}}" if when else "never"
