"""/v2/checkout/orders: what is asked for, and its capture once the payer has agreed.

Instruments that the payer may choose on the approval page: ``balance`` pays, ``declined`` is
refused at the capture, ``pending`` is captured a moment later, ``denied`` fails a moment later.
"""

from tests.simulator.providers.books import Books
from tests.simulator.providers.counter import Call, Operation
from tests.simulator.providers.paypal import contract
from tests.simulator.providers.paypal.manners import not_found, unprocessable
from tests.simulator.providers.paypal.shapes import (
    capture_object,
    event_object,
    minor,
    moment,
    order_object,
)
from tests.simulator.web.message import JsonObject

LATER_SECONDS = 1.0
# PayPal takes these without decimals, whatever ISO 4217 says.
_WHOLE = ("HUF", "JPY", "TWD")
_TAKEN = frozenset(
    "AUD BRL CAD CNY CZK DKK EUR HKD HUF ILS JPY MYR MXN TWD NZD NOK PHP PLN GBP SGD SEK CHF THB"
    " USD".split()
)


def create(call: Call) -> tuple[int, object]:
    contract.check("order_request", call.body)
    _check_amount(call.body["purchase_units"][0]["amount"])
    books = call.books
    order = order_object(call.body, account=books.account, base_url=call.base_url, now=books.now)
    context = (call.body.get("payment_source") or {}).get("paypal", {}).get("experience_context")
    books.add("order", order, payment=order["id"])
    books.add("context", context or {}, id=f"{order['id']}/context")
    return 201, preferred(call, order)


def retrieve(call: Call) -> tuple[int, object]:
    return 200, known_order(call.books, call.path["id"])


def capture(call: Call) -> tuple[int, object]:
    order = known_order(call.books, call.path["id"])
    if order["intent"] != "CAPTURE":
        raise unprocessable(
            "ACTION_DOES_NOT_MATCH_INTENT", "Order was created with an intent to AUTHORIZE."
        )
    if order["status"] == "COMPLETED":
        raise unprocessable(
            "ORDER_ALREADY_CAPTURED", "Order already captured. Only one capture per order allowed."
        )
    if order["status"] != "APPROVED":
        raise unprocessable("ORDER_NOT_APPROVED", "Payer has not yet approved the Order.")
    choice = call.books.find("choice", f"{order['id']}/choice") or {}
    refuse_declined(call.books, order, choice)
    amount = choice.get("takes") or order["purchase_units"][0]["amount"]
    take(call.books, order, choice, amount, base_url=call.base_url)
    return 201, preferred(call, order)


def refuse_declined(books: Books, order: JsonObject, choice: JsonObject) -> None:
    """Raises Refusal 422 when the payer chose what the bank declines."""
    if choice.get("instrument") != "declined":
        return
    order["status"] = "PAYER_ACTION_REQUIRED"
    books.save(order)
    raise unprocessable(
        "INSTRUMENT_DECLINED",
        "The instrument presented was either declined by the processor or bank, or it can't"
        " be used for this payment.",
        keeps_effects=True,
    )


def known_order(books: Books, order_id: str) -> JsonObject:
    """Raises Refusal 404."""
    order = books.find("order", order_id)
    if order is None:
        raise not_found("The order")
    return order


def save_capture(books: Books, order: JsonObject, changed: JsonObject) -> None:
    """Keep a capture both by itself and in its order."""
    books.save(changed)
    payments = order["purchase_units"][0].setdefault("payments", {})
    kept = [one for one in payments.get("captures", []) if one["id"] != changed["id"]]
    payments["captures"] = [*kept, changed]
    order["update_time"] = moment(books.now)
    books.save(order)


def announce_capture(books: Books, order: JsonObject, capture: JsonObject, type: str) -> None:
    """Tell of a capture; its order is named in the webhook's supplementary data."""
    resource = {
        **capture,
        "supplementary_data": {"related_ids": {"order_id": order["id"]}},
        "payee": order["purchase_units"][0]["payee"],
    }
    event = event_object(type, "capture", resource, books.now)
    books.tell(type, event["id"], event, lane=order["id"])


def settle(books: Books, capture: JsonObject, order: JsonObject, *, is_good: bool) -> None:
    """A pending capture ends: the money is there, or it never will be."""
    if capture["status"] != "PENDING":
        return
    capture.pop("status_details", None)
    capture["status"] = "COMPLETED" if is_good else "DECLINED"
    save_capture(books, order, capture)
    if is_good:
        _record(books, order, capture)
    type = "PAYMENT.CAPTURE.COMPLETED" if is_good else "PAYMENT.CAPTURE.DENIED"
    announce_capture(books, order, capture, type)


def take(
    books: Books,
    order: JsonObject,
    choice: JsonObject,
    amount: JsonObject,
    *,
    base_url: str,
    is_final: bool = True,
) -> JsonObject:
    """Capture ``amount`` of an order; by some instruments it is there a moment later, or never."""
    made = capture_object(order, amount, base_url=base_url, now=books.now)
    made["final_capture"] = is_final
    order["status"] = "COMPLETED"
    instrument = choice.get("instrument")
    if instrument in ("pending", "denied"):
        made |= {"status": "PENDING", "status_details": {"reason": "PENDING_REVIEW"}}
        books.later("settle" if instrument == "pending" else "deny", made["id"], seconds=1.0)
    books.add("capture", made, payment=order["id"])
    save_capture(books, order, made)
    if made["status"] == "PENDING":
        announce_capture(books, order, made, "PAYMENT.CAPTURE.PENDING")
        return made
    _record(books, order, made)
    announce_capture(books, order, made, "PAYMENT.CAPTURE.COMPLETED")
    event = event_object("CHECKOUT.ORDER.COMPLETED", "checkout-order", order, books.now)
    books.tell("CHECKOUT.ORDER.COMPLETED", event["id"], event, lane=order["id"])
    return made


def _record(books: Books, order: JsonObject, capture: JsonObject) -> None:
    books.record(
        "charge",
        object_id=capture["id"],
        payment=order["id"],
        amount=minor(capture["amount"]),
        currency=capture["amount"]["currency_code"],
    )


def _check_amount(amount: JsonObject) -> None:
    currency = amount["currency_code"]
    if currency not in _TAKEN:
        raise unprocessable("CURRENCY_NOT_SUPPORTED", "Currency code is not supported.")
    places = len(amount["value"].partition(".")[2])
    if places > (0 if currency in _WHOLE else 2):
        raise unprocessable(
            "DECIMAL_PRECISION", "If the currency supports decimals, only two are allowed."
        )
    if minor(amount) <= 0:
        raise unprocessable("CANNOT_BE_ZERO_OR_NEGATIVE", "Must be greater than zero.")


def preferred(call: Call, order: JsonObject) -> JsonObject:
    """All of it for ``Prefer: return=representation``; else what names it."""
    if call.prefers == "return=representation":
        return order
    return {name: order[name] for name in ("id", "status", "links")}


OPERATIONS = (
    Operation("POST", "/paypal/v2/checkout/orders", create),
    Operation("GET", "/paypal/v2/checkout/orders/{id}", retrieve),
    Operation("POST", "/paypal/v2/checkout/orders/{id}/capture", capture),
)
