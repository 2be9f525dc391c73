"""/v2/payments: captures and their refunds."""

from tests.simulator.providers.books import Books
from tests.simulator.providers.counter import Call, Operation
from tests.simulator.providers.paypal import contract
from tests.simulator.providers.paypal.manners import not_found, unprocessable
from tests.simulator.providers.paypal.orders import known_order, save_capture
from tests.simulator.providers.paypal.shapes import (
    event_object,
    minor,
    moment,
    money,
    refund_object,
)
from tests.simulator.web.message import JsonObject

LATER_SECONDS = 1.0


def retrieve_capture(call: Call) -> tuple[int, object]:
    capture = known_capture(call.books, call.path["id"])
    order_id = order_id_of(call.books, capture)
    return 200, {**capture, "supplementary_data": {"related_ids": {"order_id": order_id}}}


def retrieve_refund(call: Call) -> tuple[int, object]:
    refund = call.books.find("refund", call.path["id"])
    if refund is None:
        raise not_found("The refund")
    return 200, refund


def refund(call: Call) -> tuple[int, object]:
    contract.check("refund_request", call.body)
    capture = known_capture(call.books, call.path["id"])
    fault = call.take_refund_fault()
    made = give_back(
        call.books, capture, call.body, base_url=call.base_url, fate=fault.status if fault else None
    )
    if call.prefers == "return=representation":
        return 201, made
    return 201, {name: made[name] for name in ("id", "status", "links")}


def known_capture(books: Books, capture_id: str) -> JsonObject:
    """Raises Refusal 404."""
    capture = books.find("capture", capture_id)
    if capture is None:
        raise not_found("The capture")
    return capture


def order_id_of(books: Books, capture: JsonObject) -> str:
    [up] = [one for one in capture["links"] if one["rel"] == "up"]
    return str(up["href"].rpartition("/")[2])


def give_back(
    books: Books,
    capture: JsonObject,
    request: JsonObject,
    *,
    base_url: str,
    fate: str | None = None,
) -> JsonObject:
    """Refund a capture. Raises Refusal 422 when nothing or too little of it is left."""
    order = known_order(books, order_id_of(books, capture))
    amount = _amount(capture, left_of(books, capture), request)
    made = refund_object(capture, amount, request, base_url=base_url, now=books.now)
    if fate:
        made |= {"status": "PENDING", "status_details": {"reason": "ECHECK"}}
        books.later("end_refund" if fate == "pending" else "fail_refund", made["id"], seconds=1.0)
    books.add("refund", made, payment=capture["id"])
    _keep(books, order, made)
    if not fate:
        _complete(books, order, capture, made)
    return made


def left_of(books: Books, capture: JsonObject) -> int:
    """What was captured and not given back, in minor units."""
    back = sum(
        minor(one["amount"])
        for one in books.listed("refund", payment=capture["id"])
        if one["status"] not in ("FAILED", "CANCELLED")
    )
    return minor(capture["amount"]) - back


def end_refund(books: Books, refund: JsonObject, *, is_good: bool) -> None:
    """The bank decides on a pending refund, or sends a completed one back."""
    capture = known_capture(books, capture_id_of(refund))
    order = known_order(books, order_id_of(books, capture))
    before = refund["status"]
    if before not in ("PENDING", "COMPLETED") or (is_good and before == "COMPLETED"):
        return
    refund.pop("status_details", None)
    refund |= {"status": "COMPLETED" if is_good else "FAILED", "update_time": moment(books.now)}
    books.save(refund)
    _keep(books, order, refund)
    if is_good:
        _complete(books, order, capture, refund)
        return
    if before == "COMPLETED":
        _record(books, order, refund, "refund_failed")
    capture["status"] = "COMPLETED"
    # PayPal has no event for it.
    save_capture(books, order, capture)


def capture_id_of(refund: JsonObject) -> str:
    [up] = [one for one in refund["links"] if one["rel"] == "up"]
    return str(up["href"].rpartition("/")[2])


def _amount(capture: JsonObject, left: int, request: JsonObject) -> JsonObject:
    currency = capture["amount"]["currency_code"]
    if left <= 0 or capture["status"] not in ("COMPLETED", "PARTIALLY_REFUNDED"):
        raise unprocessable("CAPTURE_FULLY_REFUNDED", "The capture has already been fully refunded")
    wanted = request.get("amount")
    if wanted is None:
        return money(left, currency)
    if wanted["currency_code"] != currency:
        raise unprocessable("CURRENCY_MISMATCH", "Refund must be in the capture's currency.")
    if minor(wanted) > left:
        raise unprocessable(
            "REFUND_AMOUNT_EXCEEDED",
            "The refund amount must be less than or equal to the capture amount that has not yet"
            " been refunded.",
        )
    return dict(wanted)


def _complete(books: Books, order: JsonObject, capture: JsonObject, refund: JsonObject) -> None:
    _record(books, order, refund, "refund")
    capture["status"] = "PARTIALLY_REFUNDED" if left_of(books, capture) else "REFUNDED"
    save_capture(books, order, capture)
    event = event_object("PAYMENT.CAPTURE.REFUNDED", "refund", refund, books.now)
    books.tell("PAYMENT.CAPTURE.REFUNDED", event["id"], event, lane=order["id"])


def _keep(books: Books, order: JsonObject, refund: JsonObject) -> None:
    payments = order["purchase_units"][0].setdefault("payments", {})
    kept = [one for one in payments.get("refunds", []) if one["id"] != refund["id"]]
    payments["refunds"] = [*kept, refund]
    books.save(order)


def _record(books: Books, order: JsonObject, refund: JsonObject, kind: str) -> None:
    books.record(
        kind,
        object_id=refund["id"],
        payment=order["id"],
        amount=minor(refund["amount"]),
        currency=refund["amount"]["currency_code"],
    )


OPERATIONS = (
    Operation("GET", "/paypal/v2/payments/captures/{id}", retrieve_capture),
    Operation("POST", "/paypal/v2/payments/captures/{id}/refund", refund),
    Operation("GET", "/paypal/v2/payments/refunds/{id}", retrieve_refund),
)
