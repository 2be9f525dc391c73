"""PaymentIntents: create, retrieve, update, list."""

from tests.simulator.providers.stripe import metadata
from tests.simulator.providers.stripe.amounts import checked_amount, checked_currency
from tests.simulator.providers.stripe.errors import (
    StripeError,
    invalid_parameter,
    no_such,
    unexpected_state,
)
from tests.simulator.providers.stripe.form import Params
from tests.simulator.providers.stripe.operation import Call, Operation, names
from tests.simulator.providers.stripe.operations.confirm import (
    CONFIRM_PARAMS,
    attempt,
    materialized,
    view,
    visible_intent,
)
from tests.simulator.providers.stripe.pages import page
from tests.simulator.providers.stripe.shapes.payment_intent import payment_intent_object
from tests.simulator.web.message import JsonObject

# Taken over as they are; an empty string unsets.
_PLAIN = (
    "application_fee_amount",
    "capture_method",
    "confirmation_method",
    "description",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)
_OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
_FROZEN = ("amount", "currency", "payment_method", "capture_method")


def create(call: Call) -> JsonObject:
    params = call.params
    _refuse_confirm_only(params)
    currency = checked_currency(params["currency"])
    amount = checked_amount(params["amount"], currency)
    intent = payment_intent_object(amount, currency, call.account.now)
    _apply_automatic(intent, params)
    _apply(call, intent, params)
    call.account.add(intent)
    call.account.emit("payment_intent.created", intent)
    if params.get("confirm"):
        attempt(call, intent, params)
    return intent


def retrieve(call: Call) -> JsonObject:
    return view(call, visible_intent(call))


def update(call: Call) -> JsonObject:
    intent, params = call.account.get("payment_intent", call.path["id"]), call.params
    _refuse_frozen(intent, params)
    if "currency" in params:
        intent["currency"] = checked_currency(params["currency"])
    if "amount" in params:
        intent["amount"] = checked_amount(params["amount"], intent["currency"])
    if intent["status"] == "requires_action" and ("amount" in params or "currency" in params):
        # What the customer's bank was asked is no longer what is to be paid.
        intent |= {"status": "requires_confirmation", "next_action": None}
    _apply(call, intent, params)
    return call.account.save(intent)


def listing(call: Call) -> JsonObject:
    if call.params.get("customer"):
        raise no_such("customer", call.params["customer"], "customer")
    return page(call.account, "payment_intent", "/v1/payment_intents", call.params)


def _apply(call: Call, intent: JsonObject, params: Params) -> None:
    if params.get("customer"):
        raise no_such("customer", params["customer"], "customer")
    for name in _PLAIN:
        if name in params:
            intent[name] = params[name] or None
    metadata.apply(intent, params)
    if params.get("payment_method"):
        method = materialized(call.account, params["payment_method"])
        intent |= {"payment_method": method["id"], "status": "requires_confirmation"}


def _apply_automatic(intent: JsonObject, params: Params) -> None:
    given = params.get("automatic_payment_methods")
    if given is None:
        return
    if given["enabled"]:
        redirects = given.get("allow_redirects", "always")
        intent["automatic_payment_methods"] = {"allow_redirects": redirects, "enabled": True}
    else:
        intent["automatic_payment_methods"] = None


def _refuse_confirm_only(params: Params) -> None:
    if params.get("confirm"):
        return
    for name in ("return_url", "off_session", "error_on_requires_action", "use_stripe_sdk"):
        if name in params:
            raise invalid_parameter(f"You may only pass {name} when confirm is set to true.", name)


def _refuse_frozen(intent: JsonObject, params: Params) -> None:
    if intent["status"] in _OPEN:
        return
    for name in _FROZEN:
        if name in params:
            raise _frozen(intent, name)


def _frozen(intent: JsonObject, name: str) -> StripeError:
    return unexpected_state(
        f"This PaymentIntent's {name} could not be updated because it has a status of"
        f" {intent['status']}. You may only update the {name} of a PaymentIntent with one of the"
        f" following statuses: {', '.join(_OPEN)}.",
        intent,
    )


_SHARED = "amount currency metadata payment_method customer " + " ".join(_PLAIN)
OPERATIONS = (
    Operation(
        "POST",
        "/v1/payment_intents",
        "PaymentIntentCreateParams",
        create,
        names(f"{_SHARED} {CONFIRM_PARAMS} automatic_payment_methods confirm"),
    ),
    Operation(
        "GET",
        "/v1/payment_intents",
        "PaymentIntentListParams",
        listing,
        names("created customer ending_before limit starting_after"),
    ),
    Operation(
        "GET",
        "/v1/payment_intents/{id}",
        "PaymentIntentRetrieveParams",
        retrieve,
        names("client_secret"),
        browser=True,
    ),
    Operation(
        "POST", "/v1/payment_intents/{id}", "PaymentIntentUpdateParams", update, names(_SHARED)
    ),
)
