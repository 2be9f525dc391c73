"""What can only be read: charges, events, balance transactions, payment methods."""

from tests.simulator.providers.stripe.errors import invalid_parameter
from tests.simulator.providers.stripe.operation import Call, Operation, names
from tests.simulator.providers.stripe.pages import page
from tests.simulator.web.message import JsonObject

_PAGING = "created ending_before limit starting_after "


def retrieve_charge(call: Call) -> JsonObject:
    return call.account.get("charge", call.path["id"])


def list_charges(call: Call) -> JsonObject:
    equal = {"payment": call.params.get("payment_intent")}
    return page(call.account, "charge", "/v1/charges", call.params, equal)


def retrieve_event(call: Call) -> JsonObject:
    event = call.account.get("event", call.path["id"])
    return event | {"pending_webhooks": _pending(call, event["id"])}


def list_events(call: Call) -> JsonObject:
    types, type = call.params.get("types"), call.params.get("type")
    if types and type:
        raise invalid_parameter(
            "You may only specify one of these parameters: type, types.", "type"
        )
    if type and "*" in type:
        raise invalid_parameter("The simulator does not support patterns of event types.", "type")
    events = page(call.account, "event", "/v1/events", call.params, {"type": types or type})
    for event in events["data"]:
        event["pending_webhooks"] = _pending(call, event["id"])
    return events


def retrieve_balance_transaction(call: Call) -> JsonObject:
    return call.account.get("balance_transaction", call.path["id"])


def list_balance_transactions(call: Call) -> JsonObject:
    equal = {name: call.params.get(name) for name in ("type", "payout")}
    return page(call.account, "balance_transaction", "/v1/balance_transactions", call.params, equal)


def retrieve_payment_method(call: Call) -> JsonObject:
    return call.account.get("payment_method", call.path["id"])


def _pending(call: Call, event_id: str) -> int:
    row = call.account.connection.execute(
        "SELECT count(DISTINCT endpoint_id) FROM deliveries WHERE provider = 'stripe'"
        " AND account = ? AND event_id = ? AND state = 'pending'",
        (call.account.name, event_id),
    ).fetchone()
    return int(row[0])


OPERATIONS = (
    Operation("GET", "/v1/charges/{id}", "ChargeRetrieveParams", retrieve_charge, names("")),
    Operation(
        "GET", "/v1/charges", "ChargeListParams", list_charges, names(_PAGING + "payment_intent")
    ),
    Operation("GET", "/v1/events/{id}", "EventRetrieveParams", retrieve_event, names("")),
    Operation("GET", "/v1/events", "EventListParams", list_events, names(_PAGING + "type types")),
    Operation(
        "GET",
        "/v1/balance_transactions/{id}",
        "BalanceTransactionRetrieveParams",
        retrieve_balance_transaction,
        names(""),
    ),
    Operation(
        "GET",
        "/v1/balance_transactions",
        "BalanceTransactionListParams",
        list_balance_transactions,
        names(_PAGING + "payout type"),
    ),
    Operation(
        "GET",
        "/v1/payment_methods/{id}",
        "PaymentMethodRetrieveParams",
        retrieve_payment_method,
        names(""),
    ),
)
