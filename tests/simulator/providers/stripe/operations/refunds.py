"""Refunds: create, retrieve, update, cancel, list."""

from tests.simulator.providers.stripe import metadata
from tests.simulator.providers.stripe.account import Account
from tests.simulator.providers.stripe.amounts import checked_amount
from tests.simulator.providers.stripe.charging import card_of
from tests.simulator.providers.stripe.errors import (
    StripeError,
    invalid_parameter,
    unexpected_state,
)
from tests.simulator.providers.stripe.operation import Call, Operation, first_missing, names
from tests.simulator.providers.stripe.pages import page
from tests.simulator.providers.stripe.refunding import RefundRequest, make_refund
from tests.simulator.web.message import JsonObject


def create(call: Call) -> JsonObject:
    params, account = call.params, call.account
    missing = first_missing(params, "payment_intent", "charge")
    if missing:
        raise missing
    charge = captured_charge(account, params.get("payment_intent"), params.get("charge"))
    if "amount" in params:
        checked_amount(params["amount"], charge["currency"])
    return make_refund(
        account,
        charge,
        RefundRequest(
            amount=params.get("amount"),
            reason=params.get("reason"),
            metadata=metadata.changed({}, params.get("metadata", {})),
            fate=_fate(call, charge),
        ),
    )


def captured_charge(
    account: Account, payment_intent: str | None, charge_id: str | None
) -> JsonObject:
    """Return the charge to refund. Raises StripeError when there is none that took money."""
    if payment_intent:
        intent = account.get("payment_intent", payment_intent, "payment_intent")
        if intent["status"] == "requires_capture":
            raise unexpected_state(
                f"You cannot refund PaymentIntent {payment_intent} because it has a status of"
                " requires_capture. Cancel it to release the uncaptured amount.",
                intent,
            )
        if intent["status"] != "succeeded":
            raise StripeError(
                f"This PaymentIntent ({payment_intent}) does not have a successful charge to"
                " refund.",
                code="payment_intent_unexpected_state",
                param="payment_intent",
            )
        if charge_id and charge_id != intent["latest_charge"]:
            raise invalid_parameter(
                f"Charge {charge_id} does not belong to {payment_intent}.", "charge"
            )
        charge_id = intent["latest_charge"]
    charge = account.get("charge", charge_id or "", "charge")
    if not charge["captured"]:
        raise StripeError(
            f"Charge {charge['id']} cannot be refunded: it has not been captured.",
            code="charge_not_refundable",
            param="charge",
        )
    return charge


def retrieve(call: Call) -> JsonObject:
    return call.account.get("refund", call.path["id"])


def update(call: Call) -> JsonObject:
    refund = call.account.get("refund", call.path["id"])
    previous = {"metadata": dict(refund["metadata"])}
    metadata.apply(refund, call.params)
    call.account.save(refund)
    call.account.emit("refund.updated", refund, previous)
    return refund


def cancel(call: Call) -> JsonObject:
    """Only refunds that wait for the customer can be cancelled, and cards have none such."""
    refund = call.account.get("refund", call.path["id"])
    raise StripeError(
        f"Refund {refund['id']} cannot be canceled because it has a status of {refund['status']}."
        " Only refunds with status requires_action can be canceled.",
    )


def listing(call: Call) -> JsonObject:
    equal = {"payment": call.params.get("payment_intent"), "charge": call.params.get("charge")}
    return page(call.account, "refund", "/v1/refunds", call.params, equal)


def _fate(call: Call, charge: JsonObject) -> str | None:
    fault = call.take_refund_fault()
    if fault:
        return fault.status
    return card_of(call.account.get("payment_method", charge["payment_method"])).refund


OPERATIONS = (
    Operation(
        "POST",
        "/v1/refunds",
        "RefundCreateParams",
        create,
        names("amount charge metadata payment_intent reason"),
    ),
    Operation(
        "GET",
        "/v1/refunds",
        "RefundListParams",
        listing,
        names("charge created ending_before limit payment_intent starting_after"),
    ),
    Operation("GET", "/v1/refunds/{id}", "RefundRetrieveParams", retrieve, names("")),
    Operation("POST", "/v1/refunds/{id}", "RefundUpdateParams", update, names("metadata")),
    Operation("POST", "/v1/refunds/{id}/cancel", "RefundCancelParams", cancel, names("")),
)
