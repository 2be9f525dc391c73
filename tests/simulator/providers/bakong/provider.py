"""Bakong, put together."""

import sqlite3
import time
from collections.abc import Callable

from tests.simulator.control.faults import FaultBook
from tests.simulator.providers.bakong.codes import Unreadable, read
from tests.simulator.providers.bakong.manners import (
    PROVIDER,
    TOKEN_LIFE_SECONDS,
    BakongManners,
    failure,
    new_token,
)
from tests.simulator.providers.bakong.transactions import OPERATIONS, pay
from tests.simulator.providers.counter import Counter
from tests.simulator.providers.provider import LaterAction
from tests.simulator.storage.database import Database
from tests.simulator.web.message import BadRequest, Request, Response, json_response
from tests.simulator.web.router import Route

_ACCOUNT = "/_sim/bakong/{account}"


class Bakong:
    """See ``Provider`` for what each member is. There are no webhooks."""

    name: str = PROVIDER
    prefixes: tuple[str, ...] = ("/bakong/",)

    def __init__(
        self,
        database: Database,
        faults: FaultBook,
        announce: Callable[[], None],
        sleep: Callable[[float], object],
    ) -> None:
        self._database = database
        self._counter = Counter(BakongManners(), database, faults, announce, sleep)
        self.calls = self._counter.calls

    def routes(self) -> list[Route]:
        api = [Route(one.method, one.template, self._counter.handler_of(one)) for one in OPERATIONS]
        return [
            *api,
            Route("POST", _ACCOUNT + "/pay", self.pay),
            Route("POST", _ACCOUNT + "/token", self.token),
        ]

    def pay(self, request: Request) -> Response:
        """A banking app scans ``qr``. ``amount`` makes it pay something else; with ``outcome``
        failed the bank refuses."""
        fields = request.json()
        text = str(fields.get("qr"))
        try:
            with self._database.transaction() as connection:
                made = pay(
                    self._counter.books(connection, request.path_params["account"]),
                    text,
                    is_good=fields.get("outcome") != "failed",
                    amount=str(fields.get("amount") or read(text).amount),
                    payer=str(fields.get("payer") or "ada@bank"),
                )
        except Unreadable as error:
            raise BadRequest(str(error)) from None
        return json_response(made)

    def token(self, request: Request) -> Response:
        """A token as the bank hands it out on its pages; ``seconds`` is how long it lives."""
        life = float(request.json().get("seconds", TOKEN_LIFE_SECONDS))
        account = request.path_params["account"]
        return json_response({"token": new_token(account, now=time.time(), life=life)})

    def not_found(self, request: Request) -> Response:
        return json_response(failure(9, "Not found"), 404)

    def sign(self, secret: str, payload: bytes, timestamp: int) -> dict[str, str]:
        raise AssertionError("Bakong sends no webhooks")

    def run_later(self, connection: sqlite3.Connection, action: LaterAction) -> None:
        raise AssertionError("Bakong does nothing by itself")
