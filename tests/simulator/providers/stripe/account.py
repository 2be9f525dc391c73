"""The objects of one account, as one call sees and changes them."""

import sqlite3
from dataclasses import dataclass

import orjson

from tests.simulator.control.faults import WebhookFaults
from tests.simulator.providers.stripe.errors import no_such
from tests.simulator.providers.stripe.shapes.event import event_object
from tests.simulator.web.message import JsonObject
from tests.simulator.webhooks.outbox import HEALTHY, Delivery, enqueue

PROVIDER = "stripe"


@dataclass(slots=True)
class Account:
    """Lives for one call; ``connection`` is inside the call's transaction.

    ``now`` is seconds since 1970, ``request_id`` and ``idempotency_key`` are the call's own.
    """

    connection: sqlite3.Connection
    name: str
    now: int
    request_id: str | None = None
    idempotency_key: str | None = None
    webhook_faults: WebhookFaults = HEALTHY

    def find(self, kind: str, id: str) -> JsonObject | None:
        row = self.connection.execute(
            "SELECT body FROM objects WHERE provider = ? AND account = ? AND id = ? AND kind = ?",
            (PROVIDER, self.name, id, kind),
        ).fetchone()
        return None if row is None else loads(row[0])

    def get(self, kind: str, id: str, param: str | None = None) -> JsonObject:
        """Raise StripeError resource_missing when this account has no such object."""
        found = self.find(kind, id)
        if found is None:
            raise no_such(kind, id, param)
        return found

    def find_any(self, id: str) -> JsonObject | None:
        """Return the object with this id, whatever it is."""
        row = self.connection.execute(
            "SELECT body FROM objects WHERE provider = ? AND account = ? AND id = ?",
            (PROVIDER, self.name, id),
        ).fetchone()
        return None if row is None else loads(row[0])

    def add(self, new: JsonObject) -> JsonObject:
        kind = new["object"]
        self.connection.execute(
            "INSERT INTO objects (provider, account, id, kind, created, payment, charge, type,"
            " body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                PROVIDER,
                self.name,
                new["id"],
                kind,
                new["created"],
                new["id"] if kind == "payment_intent" else new.get("payment_intent"),
                new.get("charge"),
                new.get("type"),
                orjson.dumps(new),
            ),
        )
        return new

    def save(self, changed: JsonObject) -> JsonObject:
        self.connection.execute(
            "UPDATE objects SET body = ? WHERE provider = ? AND account = ? AND id = ?",
            (orjson.dumps(changed), PROVIDER, self.name, changed["id"]),
        )
        return changed

    def remove(self, id: str) -> None:
        self.connection.execute(
            "DELETE FROM objects WHERE provider = ? AND account = ? AND id = ?",
            (PROVIDER, self.name, id),
        )

    def endpoints(self) -> list[JsonObject]:
        rows = self.connection.execute(
            "SELECT body FROM objects WHERE provider = ? AND account = ?"
            " AND kind = 'webhook_endpoint' ORDER BY seq",
            (PROVIDER, self.name),
        )
        return [loads(row[0]) for row in rows]

    def record(self, kind: str, money: JsonObject, amount: int, payment: str) -> None:
        """Write a movement into the ledger. ``amount`` is in the currency's smallest unit."""
        self.connection.execute(
            "INSERT INTO ledger (provider, account, kind, payment, object_id, amount, currency,"
            " idempotency_key, request_id, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                PROVIDER,
                self.name,
                kind,
                payment,
                money["id"],
                amount,
                money["currency"],
                self.idempotency_key,
                self.request_id or "",
                self.now,
            ),
        )

    def emit(self, type: str, subject: JsonObject, previous: JsonObject | None = None) -> None:
        """Make an event of ``subject`` as it is now, and queue it for the endpoints that listen."""
        listening = [one for one in self.endpoints() if _listens(one, type)]
        event = event_object(
            type,
            subject,
            previous=previous,
            now=self.now,
            pending_webhooks=len(listening),
            request={"id": self.request_id, "idempotency_key": self.idempotency_key},
        )
        self.add(event)
        for endpoint in listening:
            self.deliver(event, endpoint, self.webhook_faults)

    def deliver(
        self, event: JsonObject, endpoint: JsonObject, faults: WebhookFaults = HEALTHY
    ) -> None:
        subject = event["data"]["object"]
        # What belongs to one payment arrives in order, payments do not wait for each other.
        group = subject.get("payment_intent") or subject.get("id", "")
        enqueue(
            self.connection,
            Delivery(
                provider=PROVIDER,
                account=self.name,
                event_id=event["id"],
                endpoint_id=endpoint["id"],
                url=endpoint["url"],
                secret=endpoint["secret"],
                lane=f"{endpoint['id']}/{group}",
            ),
            faults,
        )


def _listens(endpoint: JsonObject, type: str) -> bool:
    events = endpoint["enabled_events"]
    return endpoint["status"] == "enabled" and ("*" in events or type in events)


def loads(body: bytes) -> JsonObject:
    loaded: JsonObject = orjson.loads(body)
    return loaded
