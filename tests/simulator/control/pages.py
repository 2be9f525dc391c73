"""Handlers of ``/_health`` and ``/_sim``: all JSON."""

import sqlite3
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from pydantic import ValidationError

from tests.simulator.control.faults import FaultBook, Faults
from tests.simulator.providers.provider import Provider
from tests.simulator.storage.database import Database
from tests.simulator.web.message import (
    BadRequest,
    JsonObject,
    Request,
    Response,
    json_response,
)
from tests.simulator.web.router import Route

DEFAULT_PROVIDER = "stripe"
_FAULTS = "/_sim/accounts/{account}/faults"
_OWNED = ("objects", "idempotency", "ledger", "deliveries", "later")


class Control:
    """The state of the simulator, seen and changed from outside."""

    def __init__(
        self, database: Database, faults: FaultBook, providers: Mapping[str, Provider]
    ) -> None:
        self._database = database
        self._faults = faults
        self._providers = providers
        self._started = time.time()

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/_health", self.health),
            Route("GET", "/_sim/ledger", self.ledger),
            Route("GET", "/_sim/requests", self.requests),
            Route("GET", "/_sim/deliveries", self.deliveries),
            Route("POST", "/_sim/reset", self.reset),
            Route("GET", _FAULTS, self.show_faults),
            Route("POST", _FAULTS, self.set_faults),
            Route("DELETE", _FAULTS, self.clear_faults),
        ]

    def health(self, request: Request) -> Response:
        """``cpu_seconds`` is what the process used so far, for those who measure."""
        with self._database.reading() as connection:
            pending = connection.execute(
                "SELECT count(*) FROM deliveries WHERE state = 'pending'"
            ).fetchone()[0]
        return json_response(
            {
                "status": "ok",
                "pending_webhooks": pending,
                "up_seconds": round(time.time() - self._started, 3),
                "cpu_seconds": round(time.process_time(), 3),
            }
        )

    def ledger(self, request: Request) -> Response:
        """Every movement of money, in order, and the sums per payment."""
        account = _query(request).get("account")
        where, values = ("WHERE account = ?", (account,)) if account else ("", ())
        with self._database.reading() as connection:
            rows = connection.execute(f"SELECT * FROM ledger {where} ORDER BY seq", values)
            entries = [dict(row) for row in rows]
        return json_response({"entries": entries, "payments": _payments(entries)})

    def requests(self, request: Request) -> Response:
        """How often each operation was called since the start, by account and in all."""
        accounts: dict[str, dict[str, int]] = {}
        total: dict[str, int] = {}
        for provider in self._providers.values():
            for (account, operation), count in list(provider.calls.items()):
                accounts.setdefault(account, {})[operation] = count
                total[operation] = total.get(operation, 0) + count
        return json_response({"total": total, "accounts": accounts})

    def deliveries(self, request: Request) -> Response:
        """Every webhook delivery of an account with its attempts; ``state`` narrows it down."""
        query = _query(request)
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT d.*, o.type FROM deliveries d LEFT JOIN objects o"
                " ON o.provider = d.provider AND o.account = d.account AND o.id = d.event_id"
                " WHERE (?1 IS NULL OR d.account = ?1) AND (?2 IS NULL OR d.state = ?2)"
                " ORDER BY d.id",
                (query.get("account"), query.get("state")),
            ).fetchall()
            found = [_delivery(connection, row) for row in rows]
        return json_response({"deliveries": found})

    def reset(self, request: Request) -> Response:
        """Forget everything of ``account``, or of all accounts without one. Mails stay."""
        account = request.json().get("account")
        where, values = ("WHERE account = ?", (account,)) if account else ("", ())
        with self._database.transaction() as connection:
            connection.execute(
                f"DELETE FROM attempts WHERE delivery_id IN (SELECT id FROM deliveries {where})",
                values,
            )
            for table in _OWNED:
                connection.execute(f"DELETE FROM {table} {where}", values)
        self._faults.forget(account)
        for provider in self._providers.values():
            for name in [one for one in provider.calls if account in (None, one[0])]:
                del provider.calls[name]
        return json_response({"status": "ok"})

    def show_faults(self, request: Request) -> Response:
        faults = self._faults.of(_provider(request), request.path_params["account"])
        return json_response((faults or Faults()).model_dump())

    def set_faults(self, request: Request) -> Response:
        try:
            faults = Faults.model_validate(request.json())
        except ValidationError as error:
            raise BadRequest(str(error)) from error
        self._faults.put(_provider(request), request.path_params["account"], faults)
        return json_response(faults.model_dump())

    def clear_faults(self, request: Request) -> Response:
        self._faults.put(_provider(request), request.path_params["account"], None)
        return json_response(Faults().model_dump())


def _query(request: Request) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(request.query).items()}


def _provider(request: Request) -> str:
    return _query(request).get("provider", DEFAULT_PROVIDER)


def _payments(entries: list[JsonObject]) -> list[JsonObject]:
    """Return per payment what was captured and what of it was given back, and stayed back."""
    payments: dict[tuple[str, str, str], JsonObject] = {}
    columns: dict[str, tuple[str, int]] = {
        "authorization": ("authorized", 1),
        "charge": ("captured", 1),
        "release": ("released", 1),
        "refund": ("refunded", 1),
        "refund_failed": ("refunded", -1),
        "dispute": ("disputed", 1),
        "dispute_reversed": ("disputed", -1),
    }
    for entry in entries:
        owner = (entry["provider"], entry["account"], entry["payment"])
        payment = payments.setdefault(
            owner,
            {
                **dict(zip(("provider", "account", "payment"), owner, strict=True)),
                "currency": entry["currency"],
                **dict.fromkeys(("authorized", "captured", "released", "refunded"), 0),
            },
        )
        column, sign = columns[entry["kind"]]
        payment[column] = payment.get(column, 0) + sign * entry["amount"]
    return list(payments.values())


def _delivery(connection: sqlite3.Connection, row: sqlite3.Row) -> JsonObject:
    attempts = connection.execute(
        "SELECT started, seconds, status, error FROM attempts WHERE delivery_id = ?"
        " ORDER BY started",
        (row["id"],),
    )
    shown: dict[str, Any] = {k: v for k, v in dict(row).items() if k != "secret"}
    return shown | {"attempts": [dict(one) for one in attempts]}
