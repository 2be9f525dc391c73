"""/v1/settlements: what was sent to the shop's bank, and what it consists of, day by day."""

from datetime import UTC, datetime, timedelta, timezone

from tests.simulator.providers.books import Books
from tests.simulator.providers.counter import Call, Operation
from tests.simulator.providers.razorpay.manners import bad_request
from tests.simulator.providers.razorpay.orders import page
from tests.simulator.providers.razorpay.shapes import collection, new_id, recon_entry
from tests.simulator.web.message import JsonObject

_INDIA = timezone(timedelta(hours=5, minutes=30))
_LONGEST_PAGE = 1000


def retrieve(call: Call) -> tuple[int, object]:
    found = call.books.find("settlement", call.path["id"])
    if found is None:
        raise bad_request("The id provided does not exist")
    return 200, found


def listing(call: Call) -> tuple[int, object]:
    return 200, page(call.books.listed("settlement"), call.query)


def recon(call: Call) -> tuple[int, object]:
    wanted = [call.query.get(name) for name in ("year", "month", "day")]
    if not wanted[0] or not wanted[1]:
        raise bad_request("The year and month fields are required.", field="year")
    skip, count = int(call.query.get("skip", 0)), int(call.query.get("count", 10))
    if not 1 <= count <= _LONGEST_PAGE:
        raise bad_request("The count must be between 1 and 1000.", field="count")
    entries = [one for one in call.books.listed("recon") if _is_on(one, wanted)]
    shown = [_without_id(one) for one in entries[skip : skip + count]]
    return 200, collection(shown)


def settle(books: Books, *, adjustment: int = 0) -> JsonObject:
    """Send to the bank all that came and went since; ``adjustment`` corrects it, in paise."""
    made: JsonObject = {
        "id": new_id("setl"),
        "entity": "settlement",
        "amount": 0,
        "status": "processed",
        "fees": 0,
        "tax": 0,
        "utr": str(books.now),
        "created_at": books.now,
    }
    known = {one["entity_id"] for one in books.listed("recon")}
    payments = {one["id"]: one for one in books.listed("payment") if one["captured"]}
    refunds = [one for one in books.listed("refund") if one["status"] == "processed"]
    entries = [recon_entry("payment", one, one, made) for one in payments.values()]
    entries += [recon_entry("refund", one, payments[one["payment_id"]], made) for one in refunds]
    entries = [one for one in entries if one["entity_id"] not in known]
    if adjustment:
        entries.append(_adjustment(adjustment, made))
    for one in entries:
        made["amount"] += one["credit"] - one["debit"]
        books.add("recon", {"id": f"{one['entity_id']}/recon", **one}, payment=made["id"])
    return books.add("settlement", made)


def _adjustment(amount: int, settlement: JsonObject) -> JsonObject:
    of_nothing = {"order_id": None, "id": new_id("adj"), "created_at": settlement["created_at"]}
    entry = recon_entry("adjustment", of_nothing, {"amount": abs(amount)}, settlement)
    return entry | {"credit": max(amount, 0), "debit": max(-amount, 0)}


def _is_on(entry: JsonObject, wanted: list[str | None]) -> bool:
    on = datetime.fromtimestamp(entry["settled_at"], UTC).astimezone(_INDIA)
    has = (on.year, on.month, on.day)
    return all(not one or int(one) == part for one, part in zip(wanted, has, strict=True))


def _without_id(entry: JsonObject) -> JsonObject:
    return {name: value for name, value in entry.items() if name != "id"}


OPERATIONS = (
    # Before the one with an id in its path.
    Operation("GET", "/razorpay/v1/settlements/recon/combined", recon),
    Operation("GET", "/razorpay/v1/settlements", listing),
    Operation("GET", "/razorpay/v1/settlements/{id}", retrieve),
)
