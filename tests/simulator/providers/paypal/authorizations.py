"""Money that is held first and captured later: orders with the intent AUTHORIZE.

Instruments as in ``orders.py``: ``declined`` is refused when the money is to be held.
"""

from tests.simulator.providers.books import Books
from tests.simulator.providers.counter import Call, Operation
from tests.simulator.providers.paypal import contract
from tests.simulator.providers.paypal.manners import not_found, unprocessable
from tests.simulator.providers.paypal.orders import (
    known_order,
    preferred,
    refuse_declined,
    take,
)
from tests.simulator.providers.paypal.refunds import order_id_of
from tests.simulator.providers.paypal.shapes import (
    authorization_object,
    event_object,
    minor,
    moment,
    money,
)
from tests.simulator.web.message import JsonObject

_OPEN = ("CREATED", "PARTIALLY_CAPTURED")


def authorize(call: Call) -> tuple[int, object]:
    order = known_order(call.books, call.path["id"])
    if order["intent"] != "AUTHORIZE":
        raise unprocessable(
            "ACTION_DOES_NOT_MATCH_INTENT", "Order was created with an intent to CAPTURE."
        )
    if order["status"] == "COMPLETED":
        raise unprocessable("ORDER_ALREADY_AUTHORIZED", "Order already authorized.")
    if order["status"] != "APPROVED":
        raise unprocessable("ORDER_NOT_APPROVED", "Payer has not yet approved the Order.")
    choice = call.books.find("choice", f"{order['id']}/choice") or {}
    refuse_declined(call.books, order, choice)
    held = authorization_object(order, base_url=call.base_url, now=call.books.now)
    order["status"] = "COMPLETED"
    call.books.add("authorization", held, payment=order["id"])
    _keep(call.books, order, held)
    _record(call.books, order, held, "authorization", minor(held["amount"]))
    _announce(call.books, order, held, "PAYMENT.AUTHORIZATION.CREATED")
    return 201, preferred(call, order)


def retrieve(call: Call) -> tuple[int, object]:
    return 200, known_authorization(call.books, call.path["id"])


def capture(call: Call) -> tuple[int, object]:
    contract.check("capture_request", call.body)
    held = known_authorization(call.books, call.path["id"])
    made = capture_held(call.books, held, call.body, base_url=call.base_url)
    if call.prefers == "return=representation":
        return 201, made
    return 201, {name: made[name] for name in ("id", "status", "links")}


def void(call: Call) -> tuple[int, object]:
    held = known_authorization(call.books, call.path["id"])
    void_held(call.books, held)
    return 200, held


def known_authorization(books: Books, authorization_id: str) -> JsonObject:
    """Raises Refusal 404."""
    found = books.find("authorization", authorization_id)
    if found is None:
        raise not_found("The authorization")
    return found


def capture_held(
    books: Books, held: JsonObject, request: JsonObject, *, base_url: str
) -> JsonObject:
    """Take all of it, or the ``amount`` of the request. Raises Refusal 422."""
    order = known_order(books, order_id_of(books, held))
    _refuse_ended(held)
    captured = sum(minor(one["amount"]) for one in books.listed("capture", payment=order["id"]))
    left = minor(held["amount"]) - captured
    amount = request.get("amount") or money(left, held["amount"]["currency_code"])
    if amount["currency_code"] != held["amount"]["currency_code"]:
        raise unprocessable("CURRENCY_MISMATCH", "The currency is not that of the authorization.")
    if minor(amount) > left:
        raise unprocessable(
            "MAX_CAPTURE_AMOUNT_EXCEEDED", "Capture amount exceeds allowable limit."
        )
    is_final = bool(request.get("final_capture")) or minor(amount) == left
    held["status"] = "CAPTURED" if is_final else "PARTIALLY_CAPTURED"
    _keep(books, order, held)
    if is_final and minor(amount) < left:
        _record(books, order, held, "release", left - minor(amount))
    choice = books.find("choice", f"{order['id']}/choice") or {}
    return take(books, order, choice, amount, base_url=base_url, is_final=is_final)


def void_held(books: Books, held: JsonObject) -> None:
    """Free it, as the merchant does, or time. Raises Refusal 422."""
    _refuse_ended(held)
    order = known_order(books, order_id_of(books, held))
    held["status"] = "VOIDED"
    _keep(books, order, held)
    _record(books, order, held, "release", minor(held["amount"]))
    _announce(books, order, held, "PAYMENT.AUTHORIZATION.VOIDED")


def _refuse_ended(held: JsonObject) -> None:
    if held["status"] == "VOIDED":
        raise unprocessable(
            "PREVIOUSLY_VOIDED",
            "Authorization has been previously voided and hence cannot be voided again.",
        )
    if held["status"] not in _OPEN:
        raise unprocessable(
            "PREVIOUSLY_CAPTURED",
            "Authorization has been previously captured and hence cannot be voided.",
        )


def _keep(books: Books, order: JsonObject, held: JsonObject) -> None:
    """Both by itself and in its order."""
    held["update_time"] = moment(books.now)
    books.save(held)
    payments = order["purchase_units"][0].setdefault("payments", {})
    payments["authorizations"] = [held]
    order["update_time"] = moment(books.now)
    books.save(order)


def _announce(books: Books, order: JsonObject, held: JsonObject, type: str) -> None:
    resource = {
        **held,
        "supplementary_data": {"related_ids": {"order_id": order["id"]}},
        "payee": order["purchase_units"][0]["payee"],
    }
    event = event_object(type, "authorization", resource, books.now)
    books.tell(type, event["id"], event, lane=order["id"])


def _record(books: Books, order: JsonObject, held: JsonObject, kind: str, amount: int) -> None:
    books.record(
        kind,
        object_id=held["id"],
        payment=order["id"],
        amount=amount,
        currency=held["amount"]["currency_code"],
    )


_HELD = "/paypal/v2/payments/authorizations/{id}"
OPERATIONS = (
    Operation("POST", "/paypal/v2/checkout/orders/{id}/authorize", authorize),
    Operation("GET", _HELD, retrieve),
    Operation("POST", f"{_HELD}/capture", capture),
    Operation("POST", f"{_HELD}/void", void),
)
