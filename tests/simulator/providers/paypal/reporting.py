"""/v1/reporting/transactions: what moved on an account, in pages.

Event codes as PayPal has them: T0006 money by Express Checkout, T1107 a refund, T1106 a reversal.
"""

from datetime import datetime, timedelta

from tests.simulator.providers.counter import Call, Operation
from tests.simulator.providers.paypal.manners import invalid_request
from tests.simulator.providers.paypal.refunds import capture_id_of
from tests.simulator.web.message import JsonObject

LONGEST = timedelta(days=31)
_STATES = {"COMPLETED": "S", "PENDING": "P", "DECLINED": "D", "FAILED": "D", "CANCELLED": "V"}


def transactions(call: Call) -> tuple[int, object]:
    start, end = _moment(call, "start_date"), _moment(call, "end_date")
    if end - start > LONGEST:
        raise invalid_request("INVALID_REQUEST", "/end_date", "Date range is more than 31 days.")
    found = [_of_capture(one) for one in call.books.listed("capture")]
    found += [_of_refund(one) for one in call.books.listed("refund")]
    found = [
        one
        for one in found
        if start <= _parsed(one["transaction_info"]["transaction_initiation_date"]) <= end
    ]
    found.sort(key=lambda one: str(one["transaction_info"]["transaction_initiation_date"]))
    size, page = int(call.query.get("page_size", 100)), int(call.query.get("page", 1))
    return 200, {
        "transaction_details": found[(page - 1) * size : page * size],
        "account_number": "SIMULATED",
        "start_date": call.query["start_date"],
        "end_date": call.query["end_date"],
        "last_refreshed_datetime": call.query["end_date"],
        "page": page,
        "total_items": len(found),
        "total_pages": -(-len(found) // size),
    }


def _of_capture(capture: JsonObject) -> JsonObject:
    state = capture["status"]
    return _detail(
        capture,
        code="T0006",
        state=_STATES.get(state, "S"),
        sign="",
        fee="-" + capture["seller_receivable_breakdown"]["paypal_fee"]["value"],
    )


def _of_refund(refund: JsonObject) -> JsonObject:
    returned = refund["seller_payable_breakdown"]["paypal_fee"]["value"]
    found = _detail(refund, code="T1107", state=_STATES[refund["status"]], sign="-", fee=returned)
    found["transaction_info"] |= {
        "paypal_reference_id": capture_id_of(refund),
        "paypal_reference_id_type": "TXN",
    }
    return found


def _detail(money: JsonObject, *, code: str, state: str, sign: str, fee: str) -> JsonObject:
    amount = money["amount"]
    info = {
        "transaction_id": money["id"],
        "transaction_event_code": code,
        "transaction_initiation_date": money["create_time"].replace("Z", "+0000"),
        "transaction_updated_date": money["update_time"].replace("Z", "+0000"),
        "transaction_amount": {**amount, "value": sign + amount["value"]},
        "fee_amount": {"currency_code": amount["currency_code"], "value": fee},
        "transaction_status": state,
        "protection_eligibility": "01",
    }
    if "custom_id" in money:
        info["custom_field"] = money["custom_id"]
    return {"transaction_info": info}


def _moment(call: Call, name: str) -> datetime:
    try:
        return _parsed(call.query[name])
    except (KeyError, ValueError):
        raise invalid_request("INVALID_REQUEST", f"/{name}", "A date and time is needed.") from None


def _parsed(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found


OPERATIONS = (Operation("GET", "/paypal/v1/reporting/transactions", transactions),)
