"""/v1/orders: what is asked for."""

from tests.simulator.providers.books import Books
from tests.simulator.providers.counter import Call, Operation
from tests.simulator.providers.razorpay.manners import bad_request
from tests.simulator.providers.razorpay.shapes import collection, order_entity
from tests.simulator.web.message import JsonObject

_KNOWN = frozenset("amount currency receipt notes payment_capture partial_payment".split())
_THREE_DECIMALS = ("BHD", "JOD", "KWD", "OMR", "TND")
_MOST_NOTES = 15
_LONGEST_RECEIPT = 40
_LONGEST_PAGE = 100


def create(call: Call) -> tuple[int, object]:
    body = call.body
    for name in body:
        if name not in _KNOWN:
            raise bad_request(f"{name} is/are not required and should not be sent", field=name)
    _check(body)
    order = order_entity(body, call.books.now)
    call.books.add("order", order, payment=order["id"])
    call.books.add(
        "setting", {"captures": bool(body.get("payment_capture"))}, id=f"{order['id']}/captures"
    )
    return 200, order


def retrieve(call: Call) -> tuple[int, object]:
    return 200, known_order(call.books, call.path["id"])


def listing(call: Call) -> tuple[int, object]:
    found = call.books.listed("order")
    if "receipt" in call.query:
        found = [one for one in found if one["receipt"] == call.query["receipt"]]
    return 200, page(found, call.query)


def payments(call: Call) -> tuple[int, object]:
    order = known_order(call.books, call.path["id"])
    return 200, collection(call.books.listed("payment", payment=order["id"])[::-1])


def known_order(books: Books, order_id: str) -> JsonObject:
    """Raises Refusal 400, as Razorpay answers to unknown ids."""
    order = books.find("order", order_id)
    if order is None:
        raise bad_request("The id provided does not exist")
    return order


def page(found: list[JsonObject], query: dict[str, str]) -> JsonObject:
    """The newest first, ``from`` and ``to`` included, at most a hundred."""
    since, until = int(query.get("from", 0)), int(query.get("to", 2**40))
    skip, count = int(query.get("skip", 0)), int(query.get("count", 10))
    if not 1 <= count <= _LONGEST_PAGE:
        raise bad_request("The count must be between 1 and 100.", field="count")
    fitting = [one for one in reversed(found) if since <= one["created_at"] <= until]
    return collection(fitting[skip : skip + count])


def _check(body: JsonObject) -> None:
    amount, currency = body.get("amount"), body.get("currency")
    if not isinstance(amount, int) or isinstance(amount, bool):
        raise bad_request("The amount must be an integer.", field="amount")
    if amount < 1 or (currency == "INR" and amount < 100):
        raise bad_request("Order amount less than minimum amount allowed", field="amount")
    if not isinstance(currency, str) or len(currency) != 3 or not currency.isupper():
        raise bad_request("The currency field is required.", field="currency")
    if currency in _THREE_DECIMALS and amount % 10:
        raise bad_request("The last digit of the amount must be 0.", field="amount")
    if len(body.get("receipt") or "") > _LONGEST_RECEIPT:
        raise bad_request("The receipt may not be greater than 40 characters.", field="receipt")
    if len(body.get("notes") or {}) > _MOST_NOTES:
        raise bad_request("Number of fields in notes should be less than or equal to 15")


OPERATIONS = (
    Operation("POST", "/razorpay/v1/orders", create),
    Operation("GET", "/razorpay/v1/orders", listing),
    Operation("GET", "/razorpay/v1/orders/{id}", retrieve),
    Operation("GET", "/razorpay/v1/orders/{id}/payments", payments),
)
