"""The objects and the money of one account at one provider, as one call sees and changes them."""

import sqlite3
from dataclasses import dataclass

import orjson

from tests.simulator.control.faults import WebhookFaults
from tests.simulator.web.message import JsonObject
from tests.simulator.webhooks.outbox import HEALTHY, Delivery, enqueue

ENDPOINT = "webhook_endpoint"


@dataclass(slots=True)
class Books:
    """Lives for one call; ``connection`` is inside the call's transaction.

    ``now`` is seconds since 1970, ``idempotency_key`` the call's own.
    """

    connection: sqlite3.Connection
    provider: str
    account: str
    now: int
    idempotency_key: str | None = None
    webhook_faults: WebhookFaults = HEALTHY

    def find(self, kind: str, id: str) -> JsonObject | None:
        row = self.connection.execute(
            "SELECT body FROM objects WHERE provider = ? AND account = ? AND id = ? AND kind = ?",
            (self.provider, self.account, id, kind),
        ).fetchone()
        return None if row is None else _loads(row[0])

    def listed(self, kind: str, *, payment: str | None = None) -> list[JsonObject]:
        """Return all objects of a kind, the oldest first; ``payment`` narrows them to one's."""
        rows = self.connection.execute(
            "SELECT body FROM objects WHERE provider = ? AND account = ? AND kind = ?"
            " AND (? IS NULL OR payment = ?) ORDER BY seq",
            (self.provider, self.account, kind, payment, payment),
        )
        return [_loads(row[0]) for row in rows]

    def add(
        self,
        kind: str,
        new: JsonObject,
        *,
        id: str | None = None,
        payment: str | None = None,
        type: str | None = None,
    ) -> JsonObject:
        self.connection.execute(
            "INSERT INTO objects (provider, account, id, kind, created, payment, type, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self.provider,
                self.account,
                id or new["id"],
                kind,
                self.now,
                payment,
                type,
                orjson.dumps(new),
            ),
        )
        return new

    def save(self, changed: JsonObject) -> JsonObject:
        self.connection.execute(
            "UPDATE objects SET body = ? WHERE provider = ? AND account = ? AND id = ?",
            (orjson.dumps(changed), self.provider, self.account, changed["id"]),
        )
        return changed

    def record(
        self, kind: str, *, object_id: str, payment: str, amount: int, currency: str
    ) -> None:
        """Write a movement into the ledger. ``amount`` in minor units as in ISO 4217."""
        self.connection.execute(
            "INSERT INTO ledger (provider, account, kind, payment, object_id, amount, currency,"
            " idempotency_key, request_id, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self.provider,
                self.account,
                kind,
                payment,
                object_id,
                amount,
                currency.lower(),
                self.idempotency_key,
                "",
                self.now,
            ),
        )

    def tell(self, type: str, event_id: str, event: JsonObject, *, lane: str) -> None:
        """Keep an event and queue it for every endpoint that listens to its ``type``.

        ``lane``: events of one lane arrive in order.
        """
        self.add("event", event, id=event_id, payment=lane, type=type)
        for endpoint in self.listed(ENDPOINT):
            if "*" in endpoint["events"] or type in endpoint["events"]:
                self.deliver(event_id, endpoint, lane=lane, faults=self.webhook_faults)

    def deliver(
        self, event_id: str, endpoint: JsonObject, *, lane: str, faults: WebhookFaults = HEALTHY
    ) -> None:
        enqueue(
            self.connection,
            Delivery(
                provider=self.provider,
                account=self.account,
                event_id=event_id,
                endpoint_id=endpoint["id"],
                url=endpoint["url"],
                secret=endpoint["secret"],
                lane=f"{self.provider}/{endpoint['id']}/{lane}",
            ),
            faults,
        )

    def later(self, action: str, object_id: str, *, seconds: float) -> None:
        """Have the provider do something by itself after a while."""
        self.connection.execute(
            "INSERT INTO later (provider, account, action, object_id, due) VALUES (?, ?, ?, ?, ?)",
            (self.provider, self.account, action, object_id, self.now + seconds),
        )


def _loads(body: bytes) -> JsonObject:
    loaded: JsonObject = orjson.loads(body)
    return loaded
