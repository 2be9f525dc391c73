"""/v1/customer/disputes: what payers want back.

``status`` as PayPal has it; of RESOLVED ones ``outcome`` too, such as RESOLVED_BUYER_FAVOUR.
"""

from datetime import datetime

from tests.simulator.providers.books import Books
from tests.simulator.providers.counter import Call, Operation
from tests.simulator.providers.paypal.manners import not_found
from tests.simulator.providers.paypal.refunds import known_capture, order_id_of
from tests.simulator.providers.paypal.shapes import event_object, minor, moment, new_id
from tests.simulator.web.message import JsonObject

_PATH = "/paypal/v1/customer/disputes"
_LOST = ("RESOLVED_BUYER_FAVOUR", "ACCEPTED")
_WEEK = 7 * 24 * 3600
_SUMMARY = ("dispute_id", "create_time", "update_time", "reason", "status", "dispute_amount")


def retrieve(call: Call) -> tuple[int, object]:
    return 200, known_dispute(call.books, call.path["id"])


def listing(call: Call) -> tuple[int, object]:
    """By the time of their last change, one page: what names each."""
    since, until = _moment(call, "update_time_after"), _moment(call, "update_time_before")
    found = [
        {name: one[name] for name in _SUMMARY}
        for one in call.books.listed("dispute")
        if since <= datetime.fromisoformat(one["update_time"]) <= until
    ]
    return 200, {"items": found, "links": []}


def known_dispute(books: Books, dispute_id: str) -> JsonObject:
    """Raises Refusal 404."""
    found = books.find("dispute", dispute_id)
    if found is None:
        raise not_found("The dispute")
    return found


def open_dispute(books: Books, capture_id: str, amount: JsonObject | None) -> JsonObject:
    """A payer wants their money back. Raises Refusal 404."""
    capture = known_capture(books, capture_id)
    now = moment(books.now)
    dispute_id = f"PP-D-{new_id(5)}"
    made: JsonObject = {
        "id": dispute_id,
        "dispute_id": dispute_id,
        "create_time": now,
        "update_time": now,
        "disputed_transactions": [
            {"seller_transaction_id": capture["id"], "gross_amount": capture["amount"]}
        ],
        "reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
        "status": "OPEN",
        "dispute_amount": amount or capture["amount"],
        "dispute_life_cycle_stage": "CHARGEBACK",
        "dispute_channel": "INTERNAL",
        "seller_response_due_date": moment(books.now + _WEEK),
    }
    books.add("dispute", made, payment=order_id_of(books, capture))
    _announce(books, made, "CUSTOMER.DISPUTE.CREATED")
    return made


def decide(books: Books, dispute: JsonObject, status: str, outcome: str | None) -> JsonObject:
    """What becomes of it; money that was taken back returns when it is won after all."""
    was_lost = (dispute.get("dispute_outcome") or {}).get("outcome_code") in _LOST
    # A second later each: PayPal's times are of seconds, and these come at once.
    later = int(datetime.fromisoformat(dispute["update_time"]).timestamp()) + 1
    dispute |= {"status": status, "update_time": moment(max(books.now, later))}
    dispute.pop("dispute_outcome", None)
    is_lost = outcome in _LOST
    if outcome:
        refunded = {"amount_refunded": dispute["dispute_amount"]} if is_lost else {}
        dispute["dispute_outcome"] = {"outcome_code": outcome, **refunded}
    books.save(dispute)
    if is_lost != was_lost:
        _record(books, dispute, "dispute" if is_lost else "dispute_reversed")
    _announce(
        books,
        dispute,
        "CUSTOMER.DISPUTE.RESOLVED" if status == "RESOLVED" else "CUSTOMER.DISPUTE.UPDATED",
    )
    return dispute


def _record(books: Books, dispute: JsonObject, kind: str) -> None:
    books.record(
        kind,
        object_id=dispute["dispute_id"],
        payment=_order_of(books, dispute),
        amount=minor(dispute["dispute_amount"]),
        currency=dispute["dispute_amount"]["currency_code"],
    )


def _announce(books: Books, dispute: JsonObject, type: str) -> None:
    event = event_object(type, "dispute", dispute, books.now)
    books.tell(type, event["id"], event, lane=_order_of(books, dispute))


def _order_of(books: Books, dispute: JsonObject) -> str:
    [about] = dispute["disputed_transactions"]
    return order_id_of(books, known_capture(books, about["seller_transaction_id"]))


def _moment(call: Call, name: str) -> datetime:
    """Raises KeyError: who lists them says of which time."""
    return datetime.fromisoformat(call.query[name])


OPERATIONS = (
    Operation("GET", _PATH, listing),
    Operation("GET", f"{_PATH}/{{id}}", retrieve),
)
