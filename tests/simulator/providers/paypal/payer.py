"""What payers and merchants do on PayPal's own pages, as calls that only the simulator has."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from urllib.parse import parse_qs, urlencode

from tests.simulator.providers.books import Books
from tests.simulator.providers.counter import Counter, Refusal
from tests.simulator.providers.paypal.authorizations import capture_held, void_held
from tests.simulator.providers.paypal.disputes import decide, known_dispute, open_dispute
from tests.simulator.providers.paypal.orders import known_order
from tests.simulator.providers.paypal.refunds import end_refund, give_back, known_capture
from tests.simulator.providers.paypal.shapes import event_object, moment, new_id
from tests.simulator.storage.database import Database
from tests.simulator.web.message import (
    BadRequest,
    JsonObject,
    NotThere,
    Request,
    Response,
    json_response,
)
from tests.simulator.web.page import page
from tests.simulator.web.router import Handler, Route

_ACCOUNT = "/_sim/paypal/{account}"
_FORM = "application/x-www-form-urlencoded"


class PayerPages:
    """Each handler answers with the object that it changed."""

    def __init__(self, database: Database, counter: Counter, announce: Callable[[], None]) -> None:
        self._database = database
        self._counter = counter
        self._announce = announce

    def routes(self) -> list[Route]:
        approve = _ACCOUNT + "/orders/{id}/approve"
        return [
            Route("GET", approve, _guarded(self.show_approval)),
            Route("POST", approve, _guarded(self.approve)),
            Route("POST", _ACCOUNT + "/captures/{id}/refund", _guarded(self.refund)),
            Route("POST", _ACCOUNT + "/orders/{id}/capture", _guarded(self.capture)),
            Route("POST", _ACCOUNT + "/orders/{id}/void", _guarded(self.void)),
            Route("POST", _ACCOUNT + "/refunds/{id}", _guarded(self.decide_refund)),
            Route("POST", _ACCOUNT + "/captures/{id}/dispute", _guarded(self.dispute)),
            Route("POST", _ACCOUNT + "/disputes/{id}", _guarded(self.decide_dispute)),
            Route("POST", _ACCOUNT + "/events/{id}/redeliver", _guarded(self.redeliver)),
            Route("GET", _ACCOUNT + "/events", _guarded(self.events)),
        ]

    def show_approval(self, request: Request) -> Response:
        """Where the link ``approve`` or ``payer-action`` sends a browser."""
        with self._books(request) as books:
            order = known_order(books, request.path_params["id"])
        amount = order["purchase_units"][0]["amount"]
        shown = escape(f"{amount['value']} {amount['currency_code']}")
        return page(
            "PayPal (simulated)",
            f"<h1>Pay {shown}</h1><p class='soft'>Order {escape(order['id'])} is "
            f"{escape(order['status'])}.</p><div class='card'><form method='post'>"
            "<button class='main' name='instrument' value='balance'>Pay now</button>"
            "<button name='instrument' value='declined'>Pay with a card that is declined</button>"
            "<button name='instrument' value='pending'>Pay by e-cheque</button></form></div>",
        )

    def approve(self, request: Request) -> Response:
        """The payer agrees. ``instrument``: see ``orders.py``; ``takes`` makes the capture take
        another amount than was asked for."""
        fields = _fields(request)
        with self._books(request) as books:
            order = known_order(books, request.path_params["id"])
            if order["status"] not in ("CREATED", "PAYER_ACTION_REQUIRED", "APPROVED"):
                raise BadRequest(f"The order is {order['status']}.")
            choice = {name: fields[name] for name in ("instrument", "takes") if name in fields}
            _choose(books, order["id"], choice)
            order |= {"status": "APPROVED", "update_time": moment(books.now), "payer": _payer()}
            books.save(order)
            event = event_object("CHECKOUT.ORDER.APPROVED", "checkout-order", order, books.now)
            books.tell("CHECKOUT.ORDER.APPROVED", event["id"], event, lane=order["id"])
            context = books.find("context", f"{order['id']}/context") or {}
        self._announce()
        if request.headers.get("Content-Type") == _FORM and context.get("return_url"):
            query = urlencode({"token": order["id"], "PayerID": order["payer"]["payer_id"]})
            return Response(303, headers=(("Location", f"{context['return_url']}?{query}"),))
        return json_response(order)

    def capture(self, request: Request) -> Response:
        """The merchant captures what an order holds: all of it, or ``amount``."""
        host = f"http://{request.headers.get('Host')}"
        with self._books(request) as books:
            held = _held(books, request.path_params["id"])
            made = capture_held(books, held, _fields(request), base_url=host)
        self._announce()
        return json_response(made)

    def void(self, request: Request) -> Response:
        """The merchant frees what an order holds, or its time is up."""
        with self._books(request) as books:
            held = _held(books, request.path_params["id"])
            void_held(books, held)
        self._announce()
        return json_response(held)

    def refund(self, request: Request) -> Response:
        """A refund that nobody made by the API: all that is left, or ``amount``."""
        host = f"http://{request.headers.get('Host')}"
        with self._books(request) as books:
            capture = known_capture(books, request.path_params["id"])
            made = give_back(books, capture, _fields(request), base_url=host)
        self._announce()
        return json_response(made)

    def decide_refund(self, request: Request) -> Response:
        """The bank decides on a refund: ``status`` is ``failed`` or ``succeeded``."""
        status = _fields(request).get("status")
        with self._books(request) as books:
            found = books.find("refund", request.path_params["id"])
            if found is None:
                raise NotThere("There is no such refund.")
            end_refund(books, found, is_good=status == "succeeded")
        self._announce()
        return json_response(found)

    def dispute(self, request: Request) -> Response:
        """A payer wants the money of a capture back: all of it, or ``amount``."""
        with self._books(request) as books:
            amount = _fields(request).get("amount")
            made = open_dispute(books, request.path_params["id"], amount)
        self._announce()
        return json_response(made)

    def decide_dispute(self, request: Request) -> Response:
        """``status`` and ``outcome``: see ``disputes.py``."""
        fields = _fields(request)
        with self._books(request) as books:
            found = known_dispute(books, request.path_params["id"])
            decide(books, found, fields["status"], fields.get("outcome"))
        self._announce()
        return json_response(found)

    def redeliver(self, request: Request) -> Response:
        """Send an event again, whatever the faults."""
        with self._books(request) as books:
            event = books.find("event", request.path_params["id"])
            if event is None:
                raise NotThere("There is no such event.")
            for endpoint in books.listed("webhook_endpoint"):
                books.deliver(event["id"], endpoint, lane="again")
        self._announce()
        return json_response(event)

    def events(self, request: Request) -> Response:
        with self._books(request) as books:
            return json_response(books.listed("event"))

    @contextmanager
    def _books(self, request: Request) -> Iterator[Books]:
        with self._database.transaction() as connection:
            yield self._counter.books(connection, request.path_params["account"])


def _held(books: Books, order_id: str) -> JsonObject:
    held = books.listed("authorization", payment=order_id)
    if not held:
        raise NotThere("The order holds nothing.")
    return held[-1]


def _choose(books: Books, order_id: str, choice: JsonObject) -> None:
    books.connection.execute(
        "DELETE FROM objects WHERE provider = ? AND account = ? AND id = ?",
        (books.provider, books.account, f"{order_id}/choice"),
    )
    books.add("choice", choice, id=f"{order_id}/choice")


def _payer() -> JsonObject:
    return {
        "name": {"given_name": "Ada", "surname": "Lovelace"},
        "email_address": "ada@payer.example",
        "payer_id": new_id(13).translate(str.maketrans("01IO", "ABCD")),
        "address": {"country_code": "GB"},
    }


def _guarded(handler: Handler) -> Handler:
    """Answer what PayPal would refuse in the simulator's own words."""

    def answer(request: Request) -> Response:
        try:
            return handler(request)
        except Refusal as refusal:
            raise (NotThere if refusal.status == 404 else BadRequest)(str(refusal.body)) from None

    return answer


def _fields(request: Request) -> JsonObject:
    if request.headers.get("Content-Type") == _FORM:
        found = parse_qs(request.body.decode("utf-8", "replace"))
        return {name: values[-1] for name, values in found.items()}
    return request.json()
