"""Deliveries that wait to be sent."""

import sqlite3
import time
from dataclasses import dataclass

from tests.simulator.control.faults import WebhookFaults

REORDER_WINDOW_SECONDS = 0.3
HEALTHY = WebhookFaults()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one endpoint. ``lane``: deliveries of one lane never overlap."""

    provider: str
    account: str
    event_id: str
    endpoint_id: str
    url: str
    secret: str
    lane: str


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery whose time has come."""

    id: int
    provider: str
    account: str
    url: str
    secret: str
    lane: str
    event_id: str
    attempts: int
    created: float


def enqueue(
    connection: sqlite3.Connection, delivery: Delivery, faults: WebhookFaults = HEALTHY
) -> None:
    """Add a delivery and its copies, in the caller's transaction."""
    now = time.time()
    due = now + faults.delay_seconds
    if faults.reorder:
        # Whatever of this account is still waiting gets behind the new one.
        connection.execute(
            "UPDATE deliveries SET due = due + ? WHERE provider = ? AND account = ?"
            " AND state = 'pending' AND attempts = 0 AND reordered = 1",
            (REORDER_WINDOW_SECONDS, delivery.provider, delivery.account),
        )
        due += REORDER_WINDOW_SECONDS
    state = "dropped" if faults.drop else "pending"
    for copy in range(faults.duplicate + 1):
        _insert(connection, delivery, copy, (state, faults.reorder, now, due))


def _insert(
    connection: sqlite3.Connection,
    delivery: Delivery,
    copy: int,
    fate: tuple[str, bool, float, float],
) -> None:
    connection.execute(
        "INSERT INTO deliveries (provider, account, event_id, endpoint_id, url, secret, lane,"
        " state, reordered, created, due) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            delivery.provider,
            delivery.account,
            delivery.event_id,
            delivery.endpoint_id,
            delivery.url,
            delivery.secret,
            # Copies get lanes of their own, so that they arrive at the same moment.
            f"{delivery.lane}/{copy}" if copy else delivery.lane,
            *fate,
        ),
    )


def due_deliveries(connection: sqlite3.Connection, now: float, limit: int) -> list[Due]:
    """Return what may be sent now, the oldest first."""
    rows = connection.execute(
        "SELECT id, provider, account, url, secret, lane, event_id, attempts, created"
        " FROM deliveries WHERE state = 'pending' AND due <= ? ORDER BY due, id LIMIT ?",
        (now, limit),
    )
    return [Due(*row) for row in rows]


def payload_of(connection: sqlite3.Connection, due: Due) -> bytes | None:
    """Return the event's body, the same bytes at every attempt; None after a reset."""
    row = connection.execute(
        "SELECT body FROM objects WHERE provider = ? AND account = ? AND id = ?",
        (due.provider, due.account, due.event_id),
    ).fetchone()
    return None if row is None else row[0]


def next_due(connection: sqlite3.Connection) -> float | None:
    """Return the time of the earliest waiting delivery."""
    row = connection.execute("SELECT min(due) FROM deliveries WHERE state = 'pending'").fetchone()
    return row[0] if row else None


def cancel_of_endpoint(connection: sqlite3.Connection, account: str, endpoint_id: str) -> None:
    """Stop what waits for an endpoint that was deleted."""
    connection.execute(
        "UPDATE deliveries SET state = 'dropped'"
        " WHERE account = ? AND endpoint_id = ? AND state = 'pending'",
        (account, endpoint_id),
    )
