"""/v1/payments: attempts to pay an order, and their capture."""

from tests.simulator.providers.books import Books
from tests.simulator.providers.counter import Call, Operation
from tests.simulator.providers.razorpay.manners import bad_request
from tests.simulator.providers.razorpay.orders import known_order, page
from tests.simulator.providers.razorpay.shapes import (
    event_object,
    fee_of,
    in_paise,
    new_id,
    payment_entity,
)
from tests.simulator.web.message import JsonObject


def retrieve(call: Call) -> tuple[int, object]:
    return 200, known_payment(call.books, call.path["id"])


def listing(call: Call) -> tuple[int, object]:
    return 200, page(call.books.listed("payment"), call.query)


def capture(call: Call) -> tuple[int, object]:
    payment = known_payment(call.books, call.path["id"])
    if payment["captured"]:
        raise bad_request("This payment has already been captured", reason="already_captured")
    if payment["status"] != "authorized":
        raise bad_request("The payment status should be authorized for action to be taken")
    wanted = (call.body.get("amount"), call.body.get("currency", "INR"))
    if wanted != (payment["amount"], payment["currency"]):
        raise bad_request("Capture amount must be equal to the amount authorized", field="amount")
    take(call.books, payment)
    return 200, payment


def known_payment(books: Books, payment_id: str) -> JsonObject:
    """Raises Refusal 400, as Razorpay answers to unknown ids."""
    payment = books.find("payment", payment_id)
    if payment is None:
        raise bad_request("The id provided does not exist")
    return payment


def attempt(books: Books, order: JsonObject, outcome: str, amount: int | None) -> JsonObject:
    """The shopper pays in the checkout: ``captured``, ``authorized`` or ``failed``."""
    payment = payment_entity(order, amount or order["amount"], books.now)
    books.add("payment", payment, payment=order["id"])
    order |= {"attempts": order["attempts"] + 1, "status": "attempted"}
    books.save(order)
    if outcome == "failed":
        payment |= {
            "status": "failed",
            "error_code": "BAD_REQUEST_ERROR",
            "error_description": "Your payment didn't go through as it was declined by the bank.",
            "error_source": "bank",
            "error_step": "payment_authorization",
            "error_reason": "payment_failed",
        }
        books.save(payment)
        tell(books, "payment.failed", order["id"], payment=payment)
        return payment
    payment["status"] = "authorized"
    books.save(payment)
    tell(books, "payment.authorized", order["id"], payment=payment)
    setting = books.find("setting", f"{order['id']}/captures") or {}
    if outcome == "captured" and setting.get("captures", True):
        take(books, payment)
    return payment


def take(books: Books, payment: JsonObject) -> None:
    """Capture: the money is the shop's from here on."""
    order = known_order(books, payment["order_id"])
    payment |= {
        "status": "captured",
        "captured": True,
        **fee_of(in_paise(payment["amount"], payment["currency"])),
    }
    books.save(payment)
    paid = order["amount_paid"] + payment["amount"]
    order |= {
        "amount_paid": paid,
        "amount_due": max(order["amount"] - paid, 0),
        "status": "paid" if paid >= order["amount"] else "attempted",
    }
    books.save(order)
    books.record(
        "charge",
        object_id=payment["id"],
        payment=order["id"],
        amount=payment["amount"],
        currency=payment["currency"],
    )
    tell(books, "payment.captured", order["id"], payment=payment)
    if order["status"] == "paid":
        tell(books, "order.paid", order["id"], payment=payment, order=order)


def tell(books: Books, name: str, lane: str, **payload: JsonObject) -> None:
    event = event_object(name, books.account, payload, books.now)
    books.tell(name, new_id("evt"), event, lane=lane)


OPERATIONS = (
    Operation("GET", "/razorpay/v1/payments", listing),
    Operation("GET", "/razorpay/v1/payments/{id}", retrieve),
    Operation("POST", "/razorpay/v1/payments/{id}/capture", capture),
)
