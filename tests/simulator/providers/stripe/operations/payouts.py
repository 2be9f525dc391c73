"""Payouts: retrieve, list."""

from tests.simulator.providers.stripe.operation import Call, Operation, names
from tests.simulator.providers.stripe.pages import page
from tests.simulator.web.message import JsonObject


def retrieve(call: Call) -> JsonObject:
    return call.account.get("payout", call.path["id"])


def listing(call: Call) -> JsonObject:
    return page(call.account, "payout", "/v1/payouts", call.params)


OPERATIONS = (
    Operation("GET", "/v1/payouts/{id}", "PayoutRetrieveParams", retrieve, names("")),
    Operation(
        "GET",
        "/v1/payouts",
        "PayoutListParams",
        listing,
        names("created ending_before limit starting_after"),
    ),
)
