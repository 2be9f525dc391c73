"""Razorpay, put together."""

import hashlib
import hmac
import sqlite3
from collections.abc import Callable

from tests.simulator.control.faults import FaultBook
from tests.simulator.providers.counter import Counter
from tests.simulator.providers.provider import LaterAction
from tests.simulator.providers.razorpay import disputes, orders, payments, refunds, settlements
from tests.simulator.providers.razorpay.checkout import CheckoutPages
from tests.simulator.providers.razorpay.manners import PROVIDER, RazorpayManners, bad_request
from tests.simulator.providers.razorpay.refunds import end_refund
from tests.simulator.storage.database import Database
from tests.simulator.web.message import Request, Response, json_response
from tests.simulator.web.router import Route


class Razorpay:
    """See ``Provider`` for what each member is."""

    name: str = PROVIDER
    prefixes: tuple[str, ...] = ("/razorpay/",)

    def __init__(
        self,
        database: Database,
        faults: FaultBook,
        announce: Callable[[], None],
        sleep: Callable[[float], object],
    ) -> None:
        self._counter = Counter(RazorpayManners(), database, faults, announce, sleep)
        self._pages = CheckoutPages(database, self._counter, announce)
        self.calls = self._counter.calls

    def routes(self) -> list[Route]:
        operations = (
            *orders.OPERATIONS,
            *payments.OPERATIONS,
            *refunds.OPERATIONS,
            *disputes.OPERATIONS,
            *settlements.OPERATIONS,
        )
        api = [Route(one.method, one.template, self._counter.handler_of(one)) for one in operations]
        return api + self._pages.routes()

    def not_found(self, request: Request) -> Response:
        return json_response(bad_request("The requested URL was not found.").body, 404)

    def sign(self, secret: str, payload: bytes, timestamp: int) -> dict[str, str]:
        """The signature covers the body alone; a second sending has the same event id."""
        return {
            "Content-Type": "application/json",
            "User-Agent": "Razorpay-Webhook/v1",
            "X-Razorpay-Event-Id": hashlib.sha256(payload).hexdigest()[:14],
            "X-Razorpay-Signature": hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest(),
        }

    def run_later(self, connection: sqlite3.Connection, action: LaterAction) -> None:
        books = self._counter.books(connection, action.account)
        refund = books.find("refund", action.object_id)
        if refund:
            # One that fails a moment later succeeds first, so that its failure is a surprise.
            end_refund(books, refund, is_good=True)
            if action.action == "fail_refund":
                end_refund(books, refund, is_good=False)
