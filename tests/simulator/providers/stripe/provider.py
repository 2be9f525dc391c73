"""Stripe, put together."""

import sqlite3
import time
from collections.abc import Callable

from tests.simulator.control.faults import FaultBook
from tests.simulator.providers.provider import LaterAction
from tests.simulator.providers.stripe.account import PROVIDER, Account
from tests.simulator.providers.stripe.api import Api
from tests.simulator.providers.stripe.dashboard import Dashboard
from tests.simulator.providers.stripe.operations import OPERATIONS
from tests.simulator.providers.stripe.refunding import fail_refund, settle_refund
from tests.simulator.providers.stripe.signing import sign
from tests.simulator.providers.stripe.treasury import Treasury
from tests.simulator.storage.database import Database
from tests.simulator.web.message import Request, Response
from tests.simulator.web.router import Route
from tests.simulator.webhooks.outbox import HEALTHY

_LATER = {"fail_refund": fail_refund, "settle_refund": settle_refund}


class Stripe:
    """See ``Provider`` for what each member is."""

    name: str = PROVIDER
    prefixes: tuple[str, ...] = ("/v1/", "/v2/")

    def __init__(
        self,
        database: Database,
        faults: FaultBook,
        announce: Callable[[], None],
        sleep: Callable[[float], object],
    ) -> None:
        self._faults = faults
        self._api = Api(database, faults, announce, sleep)
        self._dashboard = Dashboard(database, faults, announce)
        self._treasury = Treasury(database)
        self.calls = self._api.calls

    def routes(self) -> list[Route]:
        api = [Route(one.method, one.template, self._api.handler_of(one)) for one in OPERATIONS]
        return api + self._dashboard.routes() + self._treasury.routes()

    def not_found(self, request: Request) -> Response:
        return self._api.not_found(request)

    def sign(self, secret: str, payload: bytes, timestamp: int) -> dict[str, str]:
        return sign(secret, payload, timestamp)

    def run_later(self, connection: sqlite3.Connection, action: LaterAction) -> None:
        faults = self._faults.of(PROVIDER, action.account)
        account = Account(
            connection,
            action.account,
            int(time.time()),
            webhook_faults=faults.webhooks if faults else HEALTHY,
        )
        refund = account.find("refund", action.object_id)
        if refund:
            _LATER[action.action](account, refund)
