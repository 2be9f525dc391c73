"""What Stripe and the shop's bank do with a balance, as calls that only the simulator has."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.simulator.providers.stripe.account import Account
from tests.simulator.providers.stripe.errors import StripeError
from tests.simulator.providers.stripe.paying_out import decide_payout, pay_out, restate_fee
from tests.simulator.storage.database import Database
from tests.simulator.web.message import BadRequest, NotThere, Request, Response, json_response
from tests.simulator.web.router import Route

_ACCOUNT = "/_sim/accounts/{account}"


class Treasury:
    """Each handler answers with the object that it made or changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def routes(self) -> list[Route]:
        return [
            Route("POST", _ACCOUNT + "/payouts", self.pay_out),
            Route("POST", _ACCOUNT + "/payouts/{id}", self.decide_payout),
            Route("POST", _ACCOUNT + "/balance_transactions/{id}", self.restate_fee),
        ]

    def pay_out(self, request: Request) -> Response:
        """``currency``; ``automatic``: as the schedule says, not by hand; ``wait``: what it
        consists of is told later."""
        fields = request.json()
        with self._account(request) as account:
            made = pay_out(
                account,
                str(fields.get("currency", "usd")),
                automatic=bool(fields.get("automatic", True)),
                wait=bool(fields.get("wait")),
            )
        return json_response(made)

    def decide_payout(self, request: Request) -> Response:
        status = request.json().get("status")
        if status not in ("completed", "failed"):
            raise BadRequest("status must be completed or failed.")
        with self._account(request) as account:
            payout = account.get("payout", request.path_params["id"])
            decide_payout(account, payout, status)
        return json_response(payout)

    def restate_fee(self, request: Request) -> Response:
        with self._account(request) as account:
            entry = account.get("balance_transaction", request.path_params["id"])
            restate_fee(account, entry, int(request.json()["fee"]))
        return json_response(entry)

    @contextmanager
    def _account(self, request: Request) -> Iterator[Account]:
        try:
            with self._database.transaction() as connection:
                yield Account(connection, request.path_params["account"], int(time.time()))
        except StripeError as error:
            raise (NotThere if error.status == 404 else BadRequest)(str(error)) from error
