"""/v1/disputes: what payers' banks want back, and their verdicts.

``status``: ``open``, ``under_review``, ``won``, ``lost`` or ``closed``, as Razorpay has them.
"""

from tests.simulator.providers.books import Books
from tests.simulator.providers.counter import Call, Operation
from tests.simulator.providers.razorpay.manners import bad_request
from tests.simulator.providers.razorpay.orders import page
from tests.simulator.providers.razorpay.payments import known_payment, tell
from tests.simulator.providers.razorpay.shapes import new_id
from tests.simulator.web.message import JsonObject

_EVENTS = {
    "open": "payment.dispute.created",
    "under_review": "payment.dispute.under_review",
    "won": "payment.dispute.won",
    "lost": "payment.dispute.lost",
    "closed": "payment.dispute.closed",
}
_WEEK = 7 * 24 * 3600


def retrieve(call: Call) -> tuple[int, object]:
    return 200, known_dispute(call.books, call.path["id"])


def listing(call: Call) -> tuple[int, object]:
    return 200, page(call.books.listed("dispute"), call.query)


def known_dispute(books: Books, dispute_id: str) -> JsonObject:
    """Raises Refusal 400."""
    found = books.find("dispute", dispute_id)
    if found is None:
        raise bad_request("The id provided does not exist")
    return found


def open_dispute(books: Books, payment_id: str, amount: int | None) -> JsonObject:
    """A payer goes to their bank. Raises Refusal 400."""
    payment = known_payment(books, payment_id)
    made: JsonObject = {
        "id": new_id("disp"),
        "entity": "dispute",
        "payment_id": payment["id"],
        "amount": amount or payment["amount"],
        "currency": payment["currency"],
        "amount_deducted": 0,
        "reason_code": "goods_or_services_not_received_or_partially_received",
        "respond_by": books.now + _WEEK,
        "status": "open",
        "phase": "chargeback",
        "created_at": books.now,
    }
    books.add("dispute", made, payment=payment["id"])
    tell(books, _EVENTS["open"], payment["order_id"], dispute=made, payment=payment)
    return made


def decide(books: Books, dispute: JsonObject, status: str) -> JsonObject:
    """What becomes of it; money that was taken back returns when it is won after all."""
    payment = known_payment(books, dispute["payment_id"])
    was_lost = dispute["status"] == "lost"
    dispute |= {"status": status, "amount_deducted": dispute["amount"] * (status == "lost")}
    books.save(dispute)
    if (status == "lost") != was_lost:
        books.record(
            "dispute" if status == "lost" else "dispute_reversed",
            object_id=dispute["id"],
            payment=payment["order_id"],
            amount=dispute["amount"],
            currency=dispute["currency"],
        )
    tell(books, _EVENTS[status], payment["order_id"], dispute=dispute, payment=payment)
    return dispute


OPERATIONS = (
    Operation("GET", "/razorpay/v1/disputes", listing),
    Operation("GET", "/razorpay/v1/disputes/{id}", retrieve),
)
