"""What shoppers and merchants do in Razorpay's checkout and dashboard, as calls that only the
simulator has."""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.simulator.providers.books import ENDPOINT, Books
from tests.simulator.providers.counter import Counter, Refusal
from tests.simulator.providers.razorpay.disputes import decide, known_dispute, open_dispute
from tests.simulator.providers.razorpay.manners import secret_of
from tests.simulator.providers.razorpay.orders import known_order
from tests.simulator.providers.razorpay.payments import attempt, known_payment
from tests.simulator.providers.razorpay.refunds import end_refund, give_back
from tests.simulator.providers.razorpay.settlements import settle
from tests.simulator.providers.razorpay.shapes import new_id
from tests.simulator.storage.database import Database
from tests.simulator.web.message import BadRequest, NotThere, Request, Response, json_response
from tests.simulator.web.router import Handler, Route

_ACCOUNT = "/_sim/razorpay/{account}"
_OUTCOMES = ("captured", "authorized", "failed")


class CheckoutPages:
    """Each handler answers with the object that it changed."""

    def __init__(self, database: Database, counter: Counter, announce: Callable[[], None]) -> None:
        self._database = database
        self._counter = counter
        self._announce = announce

    def routes(self) -> list[Route]:
        return [
            Route("POST", _ACCOUNT + "/orders/{id}/pay", _guarded(self.pay)),
            Route("POST", _ACCOUNT + "/webhooks", _guarded(self.add_webhook)),
            Route("POST", _ACCOUNT + "/payments/{id}/refund", _guarded(self.refund)),
            Route("POST", _ACCOUNT + "/refunds/{id}", _guarded(self.decide_refund)),
            Route("POST", _ACCOUNT + "/payments/{id}/dispute", _guarded(self.dispute)),
            Route("POST", _ACCOUNT + "/disputes/{id}", _guarded(self.decide_dispute)),
            Route("POST", _ACCOUNT + "/settle", _guarded(self.settle)),
            Route("GET", _ACCOUNT + "/events", _guarded(self.events)),
        ]

    def pay(self, request: Request) -> Response:
        """The shopper pays: ``outcome`` is captured, authorized or failed; ``amount`` makes it
        another amount than the order's. Answers with what checkout hands to the shop's page."""
        fields = request.json()
        outcome = fields.get("outcome", "captured")
        if outcome not in _OUTCOMES:
            raise BadRequest(f"outcome must be one of {', '.join(_OUTCOMES)}.")
        with self._books(request) as books:
            order = known_order(books, request.path_params["id"])
            payment = attempt(books, order, outcome, fields.get("amount"))
            if outcome == "failed":
                return json_response({"error": {"reason": payment["error_reason"]}})
            message = f"{order['id']}|{payment['id']}".encode()
            secret = secret_of(books.account).encode()
            return json_response(
                {
                    "razorpay_order_id": order["id"],
                    "razorpay_payment_id": payment["id"],
                    "razorpay_signature": hmac.new(secret, message, hashlib.sha256).hexdigest(),
                }
            )

    def add_webhook(self, request: Request) -> Response:
        """The merchant sets up a webhook: ``url``, ``secret`` and, if not all, ``events``."""
        fields = request.json()
        with self._books(request) as books:
            kept = {
                "id": new_id("whk"),
                "url": fields["url"],
                "secret": fields["secret"],
                "events": fields.get("events") or ["*"],
            }
            return json_response(books.add(ENDPOINT, kept))

    def refund(self, request: Request) -> Response:
        """A refund that nobody made by the API: all that is left, or ``amount``."""
        with self._books(request) as books:
            payment = known_payment(books, request.path_params["id"])
            return json_response(give_back(books, payment, request.json()))

    def decide_refund(self, request: Request) -> Response:
        """The bank decides on a refund: ``status`` is ``failed`` or ``succeeded``."""
        with self._books(request) as books:
            found = books.find("refund", request.path_params["id"])
            if found is None:
                raise NotThere("There is no such refund.")
            end_refund(books, found, is_good=request.json().get("status") == "succeeded")
            return json_response(found)

    def settle(self, request: Request) -> Response:
        """Send to the merchant's bank what came and went; ``adjustment`` corrects it, in paise."""
        with self._books(request) as books:
            return json_response(settle(books, adjustment=request.json().get("adjustment", 0)))

    def dispute(self, request: Request) -> Response:
        """A payer goes to their bank: about all of a payment, or ``amount``."""
        with self._books(request) as books:
            made = open_dispute(books, request.path_params["id"], request.json().get("amount"))
            return json_response(made)

    def decide_dispute(self, request: Request) -> Response:
        """``status``: see ``disputes.py``."""
        with self._books(request) as books:
            found = known_dispute(books, request.path_params["id"])
            return json_response(decide(books, found, request.json()["status"]))

    def events(self, request: Request) -> Response:
        with self._books(request) as books:
            return json_response(books.listed("event"))

    @contextmanager
    def _books(self, request: Request) -> Iterator[Books]:
        with self._database.transaction() as connection:
            yield self._counter.books(connection, request.path_params["account"])
        self._announce()


def _guarded(handler: Handler) -> Handler:
    """Answer what Razorpay would refuse in the simulator's own words."""

    def answer(request: Request) -> Response:
        try:
            return handler(request)
        except Refusal as refusal:
            raise BadRequest(str(refusal.body)) from None

    return answer
