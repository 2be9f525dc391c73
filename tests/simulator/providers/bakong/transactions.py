"""Questions about payments by the MD5 of their code, deep links, and new tokens."""

import hashlib

from tests.simulator.providers.bakong.codes import Code, Unreadable, read
from tests.simulator.providers.bakong.manners import (
    account_of_email,
    answer,
    failure,
    new_token,
)
from tests.simulator.providers.books import Books
from tests.simulator.providers.counter import Call, Operation, Refusal
from tests.simulator.providers.decimals import minor_units
from tests.simulator.web.message import JsonObject

MOST_AT_ONCE = 50
_NOT_FOUND = failure(1, "Transaction could not be found. Please check and try again.")
_MISSING = failure(5, "Missing required fields")


def by_md5(call: Call) -> tuple[int, object]:
    md5 = call.body.get("md5") if isinstance(call.body, dict) else None
    if not isinstance(md5, str) or len(md5) != 32:
        raise Refusal(400, _MISSING)
    found = call.books.find("transaction", md5)
    if found is None:
        return 200, _NOT_FOUND
    if found["status"] == "FAILED":
        return 200, failure(3, "Transaction failed.")
    return 200, answer("Getting transaction successfully.", found["data"])


def by_md5_list(call: Call) -> tuple[int, object]:
    wanted = call.body
    if not isinstance(wanted, list) or not 0 < len(wanted) <= MOST_AT_ONCE:
        raise Refusal(400, failure(5, f"The list must have 1 to {MOST_AT_ONCE} hashes"))
    return 200, answer("Success.", [_status_of(call.books, md5) for md5 in wanted])


def deep_link(call: Call) -> tuple[int, object]:
    try:
        code = read(str(call.body.get("qr")))
    except Unreadable:
        raise Refusal(400, failure(4, "Error occurred on requesting deeplink")) from None
    source = call.body.get("sourceInfo")
    if source and not {"appIconUrl", "appName", "appDeepLinkCallback"} <= set(source):
        raise Refusal(400, _MISSING)
    link = f"{call.base_url}/_sim/bakong/links/{code.md5}"
    return 200, answer("Getting deep link successfully.", {"shortLink": link})


def renew_token(call: Call) -> tuple[int, object]:
    account = account_of_email(call.body.get("email"))
    if account is None:
        return 200, failure(10, "Not registered yet")
    token = new_token(account, now=call.books.now)
    return 200, answer("Token has been issued", {"token": token})


def pay(books: Books, text: str, *, is_good: bool, amount: str, payer: str) -> JsonObject:
    """A banking app scans a code and pays ``amount``. Raises Unreadable."""
    code = read(text)
    if code.expires and code.expires < books.now * 1000:
        raise Unreadable("The code has expired.")
    known = books.find("transaction", code.md5)
    if known is not None and known["status"] == "SUCCESS":
        raise Unreadable("The code was paid already.")
    made = _transaction(code, amount, payer, books.now)
    made["status"] = "SUCCESS" if is_good else "FAILED"
    if known is None:
        books.add("transaction", made, payment=code.name)
    else:
        books.save(made)
    if is_good:
        books.record(
            "charge",
            object_id=made["data"]["hash"],
            payment=code.name,
            amount=minor_units(amount, code.currency),
            currency=code.currency,
        )
    return made


def _transaction(code: Code, amount: str, payer: str, now: int) -> JsonObject:
    seen = f"{code.md5}{payer}{now}".encode()
    return {
        "id": code.md5,
        "data": {
            "hash": hashlib.sha256(seen).hexdigest(),
            "fromAccountId": payer,
            "toAccountId": code.account,
            "currency": code.currency,
            # A number, as the bank writes it.
            "amount": float(amount),
            "description": "",
            "createdDateMs": now * 1000,
            "acknowledgedDateMs": now * 1000,
        },
    }


def _status_of(books: Books, md5: object) -> JsonObject:
    found = books.find("transaction", str(md5))
    if found is None:
        return {"md5": md5, "status": "NOT_FOUND", "message": "Transaction not found", "data": None}
    is_good = found["status"] == "SUCCESS"
    return {
        "md5": md5,
        "status": found["status"],
        "message": "Success" if is_good else "Transaction failed",
        "data": found["data"] if is_good else None,
    }


OPERATIONS = (
    Operation("POST", "/bakong/v1/check_transaction_by_md5", by_md5),
    Operation("POST", "/bakong/v1/check_transaction_by_md5_list", by_md5_list),
    Operation("POST", "/bakong/v1/generate_deeplink_by_qr", deep_link),
    Operation("POST", "/bakong/v1/renew_token", renew_token),
)
