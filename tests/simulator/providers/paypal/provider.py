"""PayPal, put together."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from tests.simulator.control.faults import FaultBook
from tests.simulator.providers.counter import Counter, Operation
from tests.simulator.providers.paypal import (
    authorizations,
    disputes,
    notifications,
    orders,
    refunds,
    reporting,
)
from tests.simulator.providers.paypal.certificates import Certificates
from tests.simulator.providers.paypal.manners import PROVIDER, PayPalManners, not_found, token_of
from tests.simulator.providers.paypal.orders import known_order, settle
from tests.simulator.providers.paypal.payer import PayerPages
from tests.simulator.providers.paypal.refunds import end_refund, order_id_of
from tests.simulator.providers.provider import LaterAction
from tests.simulator.storage.database import Database
from tests.simulator.web.message import Request, Response, json_response
from tests.simulator.web.router import Route

_TOKEN = Operation(
    "POST", "/paypal/v1/oauth2/token", lambda call: (200, token_of(call.books.account))
)


class PayPal:
    """See ``Provider`` for what each member is."""

    name: str = PROVIDER
    prefixes: tuple[str, ...] = ("/paypal/",)

    def __init__(
        self,
        database: Database,
        faults: FaultBook,
        announce: Callable[[], None],
        sleep: Callable[[float], object],
        *,
        data: Path,
        base_url: Callable[[], str],
    ) -> None:
        self._counter = Counter(PayPalManners(), database, faults, announce, sleep)
        self._signing = notifications.Signing(Certificates(data), base_url)
        self._pages = PayerPages(database, self._counter, announce)
        self.calls = self._counter.calls

    def routes(self) -> list[Route]:
        operations = (
            _TOKEN,
            *orders.OPERATIONS,
            *authorizations.OPERATIONS,
            *disputes.OPERATIONS,
            *refunds.OPERATIONS,
            *notifications.OPERATIONS,
            *reporting.OPERATIONS,
        )
        api = [Route(one.method, one.template, self._counter.handler_of(one)) for one in operations]
        return api + self._signing.routes() + self._pages.routes()

    def not_found(self, request: Request) -> Response:
        refusal = not_found("The resource")
        return json_response(refusal.body, refusal.status)

    def sign(self, secret: str, payload: bytes, timestamp: int) -> dict[str, str]:
        return self._signing.sign(secret, payload, timestamp)

    def run_later(self, connection: sqlite3.Connection, action: LaterAction) -> None:
        books = self._counter.books(connection, action.account)
        if action.action in ("settle", "deny"):
            capture = books.find("capture", action.object_id)
            if capture:
                order = known_order(books, order_id_of(books, capture))
                settle(books, capture, order, is_good=action.action == "settle")
            return
        refund = books.find("refund", action.object_id)
        if refund:
            # One that fails a moment later succeeds first, as it does at PayPal.
            end_refund(books, refund, is_good=True)
            if action.action == "fail_refund":
                end_refund(books, refund, is_good=False)
