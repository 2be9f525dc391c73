"""/v1/payments/{id}/refund and /v1/refunds."""

from tests.simulator.providers.books import Books
from tests.simulator.providers.counter import Call, Operation
from tests.simulator.providers.razorpay.manners import bad_request
from tests.simulator.providers.razorpay.orders import page
from tests.simulator.providers.razorpay.payments import known_payment, tell
from tests.simulator.providers.razorpay.shapes import collection, refund_entity
from tests.simulator.web.message import JsonObject

LATER_SECONDS = 1.0


def refund(call: Call) -> tuple[int, object]:
    payment = known_payment(call.books, call.path["id"])
    fault = call.take_refund_fault()
    return 200, give_back(call.books, payment, call.body, fate=fault.status if fault else None)


def of_payment(call: Call) -> tuple[int, object]:
    payment = known_payment(call.books, call.path["id"])
    return 200, collection(call.books.listed("refund", payment=payment["id"])[::-1])


def retrieve(call: Call) -> tuple[int, object]:
    found = call.books.find("refund", call.path["id"])
    if found is None:
        raise bad_request("The id provided does not exist")
    return 200, found


def listing(call: Call) -> tuple[int, object]:
    return 200, page(call.books.listed("refund"), call.query)


def give_back(
    books: Books, payment: JsonObject, request: JsonObject, *, fate: str | None = None
) -> JsonObject:
    """Refund a captured payment. Raises Refusal when nothing or too little of it is left."""
    if not payment["captured"]:
        raise bad_request("The payment status should be captured for action to be taken")
    left = payment["amount"] - payment["amount_refunded"]
    amount = request.get("amount", left)
    if left <= 0:
        raise bad_request("The payment has been fully refunded already")
    if not isinstance(amount, int) or not 0 < amount <= left:
        raise bad_request(
            "The total refund amount is greater than the refund payment amount", field="amount"
        )
    made = refund_entity(payment, request, amount, books.now)
    if fate:
        made |= {"status": "pending", "speed_processed": None}
        books.later("end_refund" if fate == "pending" else "fail_refund", made["id"], seconds=1.0)
    books.add("refund", made, payment=payment["id"])
    _set_refunded(books, payment, payment["amount_refunded"] + amount)
    _record(books, payment, made, "refund")
    tell(books, "refund.created", payment["order_id"], refund=made, payment=payment)
    if not fate:
        tell(books, "refund.processed", payment["order_id"], refund=made, payment=payment)
    return made


def end_refund(books: Books, refund: JsonObject, *, is_good: bool) -> None:
    """The bank decides on a refund, or sends one back that was processed."""
    payment = known_payment(books, refund["payment_id"])
    before = refund["status"]
    if before == "failed" or (is_good and before == "processed"):
        return
    refund |= {"status": "processed" if is_good else "failed"}
    if is_good:
        refund["speed_processed"] = "normal"
    books.save(refund)
    if not is_good:
        _set_refunded(books, payment, payment["amount_refunded"] - refund["amount"])
        _record(books, payment, refund, "refund_failed")
    name = "refund.processed" if is_good else "refund.failed"
    tell(books, name, payment["order_id"], refund=refund, payment=payment)


def _set_refunded(books: Books, payment: JsonObject, refunded: int) -> None:
    is_all = refunded == payment["amount"]
    payment |= {
        "amount_refunded": refunded,
        "refund_status": None if not refunded else "full" if is_all else "partial",
        "status": "refunded" if is_all else "captured",
    }
    books.save(payment)


def _record(books: Books, payment: JsonObject, refund: JsonObject, kind: str) -> None:
    books.record(
        kind,
        object_id=refund["id"],
        payment=payment["order_id"],
        amount=refund["amount"],
        currency=refund["currency"],
    )


OPERATIONS = (
    Operation("POST", "/razorpay/v1/payments/{id}/refund", refund),
    Operation("GET", "/razorpay/v1/payments/{id}/refunds", of_payment),
    Operation("GET", "/razorpay/v1/refunds", listing),
    Operation("GET", "/razorpay/v1/refunds/{id}", retrieve),
)
