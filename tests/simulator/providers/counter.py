"""The way of a call through a provider's API: who, with which key, what goes wrong, the answer.

PayPal, Razorpay and Bakong share it; Stripe, whose manners are finer, has its own.
"""

import hashlib
import sqlite3
import threading
import time
from collections import Counter as Tally
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qs

import orjson

from tests.simulator.control.faults import ApiFault, FaultBook, RefundFault
from tests.simulator.providers.books import Books
from tests.simulator.storage.database import Database
from tests.simulator.web.message import HangUp, Request, Response, json_response
from tests.simulator.webhooks.outbox import HEALTHY


class Refusal(Exception):
    """A provider's error answer. ``keeps_effects``: what the call wrote stays."""

    def __init__(self, status: int, body: object, *, keeps_effects: bool = False) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.keeps_effects = keeps_effects


@dataclass(frozen=True, slots=True)
class Call:
    """One call: whose books, on what, with which body and query."""

    books: Books
    path: dict[str, str]
    query: dict[str, str]
    body: Any
    prefers: str
    base_url: str
    take_refund_fault: Callable[[], RefundFault | None]


@dataclass(frozen=True, slots=True)
class Operation:
    """``run`` gives the status and the body of the answer, or raises Refusal."""

    method: str
    template: str
    run: Callable[[Call], tuple[int, object]]

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"


class Manners(Protocol):
    """In what one provider's API differs from another's."""

    name: str

    def account_of(self, request: Request, operation: Operation) -> str:
        """Return whose key the caller has. Raises Refusal."""

    def key_of(self, request: Request) -> str | None:
        """Return the idempotency key, if the call has one."""

    def trouble(self, status: int) -> Refusal:
        """Return what the provider answers when it is down (500, 503) or busy (429)."""

    def key_misused(self, key: str) -> Refusal:
        """Return the answer to a key that came with something else before."""

    def malformed(self) -> Refusal:
        """Return the answer to a body that is no JSON."""


class Counter:
    """Answers the calls of all accounts of a provider. ``announce`` is told when there may be
    webhooks to send; ``sleep`` waits for a fault's seconds, or less when the simulator stops.
    """

    def __init__(
        self,
        manners: Manners,
        database: Database,
        faults: FaultBook,
        announce: Callable[[], None],
        sleep: Callable[[float], object],
    ) -> None:
        self._manners = manners
        self._database = database
        self._faults = faults
        self._announce = announce
        self._sleep = sleep
        self._counting = threading.Lock()
        self.calls: Tally[tuple[str, str]] = Tally()

    def handler_of(self, operation: Operation) -> Callable[[Request], Response]:
        return lambda request: self._handle(operation, request)

    def books(self, connection: sqlite3.Connection, account: str, key: str | None = None) -> Books:
        faults = self._faults.of(self._manners.name, account)
        return Books(
            connection=connection,
            provider=self._manners.name,
            account=account,
            now=int(time.time()),
            idempotency_key=key,
            webhook_faults=faults.webhooks if faults else HEALTHY,
        )

    def _handle(self, operation: Operation, request: Request) -> Response:
        try:
            account = self._manners.account_of(request, operation)
            with self._counting:
                self.calls[account, operation.name] += 1
            fault = self._faults.take_api(
                self._manners.name,
                account,
                method=request.method,
                template=operation.template,
                path=request.path,
            )
            if fault:
                self._before(fault)
            answer = self._once(operation, request, account)
            if fault and fault.mode == "timeout_after":
                raise HangUp(fault.seconds)
            return answer
        except Refusal as refusal:
            return json_response(refusal.body, refusal.status)

    def _before(self, fault: ApiFault) -> None:
        """Do what the fault does before, or in place of, the call."""
        if fault.mode == "timeout_before":
            raise HangUp(fault.seconds)
        if fault.mode == "delay":
            self._sleep(fault.seconds)
        if fault.mode.startswith("error_"):
            raise self._manners.trouble(int(fault.mode.removeprefix("error_")))

    def _once(self, operation: Operation, request: Request, account: str) -> Response:
        """Run a call; one that was made under its key before is answered as it was then."""
        key = self._manners.key_of(request) if request.method == "POST" else None
        with self._database.transaction() as connection:
            if key and (known := self._known(connection, request, account, key)):
                return known
            status, body = self._run(operation, request, self.books(connection, account, key))
            answer = json_response(body, status) if status != 204 else Response(204)
            if key:
                self._keep(connection, request, (account, key), answer)
        self._announce()
        return answer

    def _run(self, operation: Operation, request: Request, books: Books) -> tuple[int, object]:
        call = Call(
            books=books,
            path=request.path_params,
            query={name: values[-1] for name, values in parse_qs(request.query).items()},
            body=self._body(request),
            prefers=request.headers.get("Prefer") or "",
            base_url=f"http://{request.headers.get('Host') or '127.0.0.1'}",
            take_refund_fault=lambda: self._faults.take_refund(books.provider, books.account),
        )
        books.connection.execute("SAVEPOINT operation")
        try:
            return operation.run(call)
        except Refusal as refusal:
            if not refusal.keeps_effects:
                books.connection.execute("ROLLBACK TO operation")
            return refusal.status, refusal.body

    def _body(self, request: Request) -> Any:
        is_json = "json" in (request.headers.get("Content-Type") or "")
        if not request.body or not is_json:
            return {}
        try:
            return orjson.loads(request.body)
        except orjson.JSONDecodeError:
            raise self._manners.malformed() from None

    def _known(
        self, connection: sqlite3.Connection, request: Request, account: str, key: str
    ) -> Response | None:
        row = connection.execute(
            "SELECT path, fingerprint, status, body FROM idempotency"
            " WHERE provider = ? AND account = ? AND key = ?",
            (self._manners.name, account, key),
        ).fetchone()
        if row is None:
            return None
        if (row["path"], row["fingerprint"]) != (request.path, _fingerprint(request)):
            raise self._manners.key_misused(key)
        # PayPal answers 200 to what it has made before; the others repeat what they said.
        return Response(200 if row["status"] == 201 else row["status"], row["body"])

    def _keep(
        self,
        connection: sqlite3.Connection,
        request: Request,
        owner: tuple[str, str],
        answer: Response,
    ) -> None:
        if answer.status >= 400:
            return
        connection.execute(
            "INSERT INTO idempotency VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self._manners.name,
                *owner,
                request.path,
                _fingerprint(request),
                answer.status,
                answer.body,
                "",
                time.time(),
            ),
        )


def _fingerprint(request: Request) -> bytes:
    return hashlib.sha256(request.body).digest()
