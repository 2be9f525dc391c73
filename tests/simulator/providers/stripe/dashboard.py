"""What people do at Stripe or at their bank, as calls that only the simulator has."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlencode

from tests.simulator.control.faults import FaultBook
from tests.simulator.providers.stripe.account import PROVIDER, Account
from tests.simulator.providers.stripe.authentication_page import authentication_page
from tests.simulator.providers.stripe.errors import StripeError
from tests.simulator.providers.stripe.operations.confirm import finish_authentication
from tests.simulator.providers.stripe.operations.refunds import captured_charge
from tests.simulator.providers.stripe.refunding import (
    RefundRequest,
    fail_refund,
    make_refund,
    settle_refund,
)
from tests.simulator.storage.database import Database
from tests.simulator.web.message import (
    BadRequest,
    JsonObject,
    NotThere,
    Request,
    Response,
    json_response,
)
from tests.simulator.web.router import Handler, Route
from tests.simulator.webhooks.outbox import HEALTHY

_ACCOUNT = "/_sim/accounts/{account}"
_AUTHENTICATE = _ACCOUNT + "/payment_intents/{id}/authenticate"
_FORM = "application/x-www-form-urlencoded"


class Dashboard:
    """Each handler answers with the object that it changed."""

    def __init__(self, database: Database, faults: FaultBook, announce: Callable[[], None]) -> None:
        self._database = database
        self._faults = faults
        self._announce = announce

    def routes(self) -> list[Route]:
        return [
            Route("GET", _AUTHENTICATE, _guarded(self.show_authentication)),
            Route("POST", _AUTHENTICATE, _guarded(self.authenticate)),
            Route("POST", _ACCOUNT + "/events/{id}/redeliver", _guarded(self.redeliver)),
            Route("POST", _ACCOUNT + "/dashboard/refunds", _guarded(self.refund)),
            Route("POST", _ACCOUNT + "/refunds/{id}", _guarded(self.decide_refund)),
        ]

    def show_authentication(self, request: Request) -> Response:
        """The page of the customer's bank, where ``next_action`` sends a browser."""
        with self._account(request) as account:
            intent = account.get("payment_intent", request.path_params["id"])
        return authentication_page(account.name, intent)

    def authenticate(self, request: Request) -> Response:
        """The customer did what the bank asked (``result=success``) or failed (``failure``)."""
        fields = _fields(request)
        result = fields.get("result")
        if result not in ("success", "failure"):
            raise BadRequest("result must be success or failure.")
        with self._account(request) as account:
            intent = account.get("payment_intent", request.path_params["id"])
            if intent["status"] != "requires_action":
                raise BadRequest(f"The payment is {intent['status']}: there is nothing to confirm.")
            action = intent["next_action"]
            finish_authentication(account, intent, result == "success")
        if request.headers.get("Content-Type") == _FORM and "redirect_to_url" in action:
            return _back_to_shop(action["redirect_to_url"]["return_url"], intent)
        return json_response(intent)

    def redeliver(self, request: Request) -> Response:
        """Send an event again, to every endpoint that is enabled, whatever the faults."""
        with self._account(request) as account:
            event = account.get("event", request.path_params["id"])
            for endpoint in account.endpoints():
                if endpoint["status"] == "enabled":
                    account.deliver(event, endpoint)
        return json_response(event)

    def refund(self, request: Request) -> Response:
        """Refund ``payment_intent``, all or ``amount``: nobody called the API."""
        fields = _fields(request)
        amount = fields.get("amount")
        if amount is not None and not (str(amount).isdecimal() and int(amount) > 0):
            raise BadRequest("amount must be a whole number of the smallest unit above 0.")
        wanted = RefundRequest(
            amount=None if amount is None else int(amount),
            reason=fields.get("reason") or "requested_by_customer",
            metadata={},
            fate=fields.get("fate"),
        )
        with self._account(request) as account:
            charge = captured_charge(account, str(fields.get("payment_intent")), None)
            return json_response(make_refund(account, charge, wanted))

    def decide_refund(self, request: Request) -> Response:
        """The bank decides on a refund: ``status`` is ``failed`` or ``succeeded``."""
        decide = {"failed": fail_refund, "succeeded": settle_refund}.get(
            str(_fields(request).get("status"))
        )
        if decide is None:
            raise BadRequest("status must be failed or succeeded.")
        with self._account(request) as account:
            refund = account.get("refund", request.path_params["id"])
            decide(account, refund)
        return json_response(refund)

    @contextmanager
    def _account(self, request: Request) -> Iterator[Account]:
        name = request.path_params["account"]
        faults = self._faults.of(PROVIDER, name)
        with self._database.transaction() as connection:
            yield Account(
                connection,
                name,
                int(time.time()),
                webhook_faults=faults.webhooks if faults else HEALTHY,
            )
        self._announce()


def _guarded(handler: Handler) -> Handler:
    """Answer what Stripe would refuse in the simulator's own words."""

    def answer(request: Request) -> Response:
        try:
            return handler(request)
        except StripeError as error:
            raise (NotThere if error.status == 404 else BadRequest)(str(error)) from error

    return answer


def _fields(request: Request) -> JsonObject:
    """Return the fields of a JSON body, a form, or the query."""
    if request.headers.get("Content-Type", "").startswith(_FORM) or not request.body:
        encoded = request.body.decode("utf-8", "replace") or request.query
        return {name: values[-1] for name, values in parse_qs(encoded).items()}
    return request.json()


def _back_to_shop(return_url: str, intent: JsonObject) -> Response:
    outcome = "failed" if intent["status"] == "requires_payment_method" else "succeeded"
    query = urlencode(
        {
            "payment_intent": intent["id"],
            "payment_intent_client_secret": intent["client_secret"],
            "redirect_status": outcome,
        }
    )
    joint = "&" if "?" in return_url else "?"
    return Response(303, headers=(("Location", f"{return_url}{joint}{query}"),))
