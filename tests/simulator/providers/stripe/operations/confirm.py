"""POST /v1/payment_intents/{id}/confirm, and what follows from it."""

from tests.simulator.providers.stripe.account import Account
from tests.simulator.providers.stripe.cards import TEST_CARDS
from tests.simulator.providers.stripe.charging import card_of, charge_card, fail_authentication
from tests.simulator.providers.stripe.errors import (
    StripeError,
    invalid_parameter,
    no_such,
    unexpected_state,
)
from tests.simulator.providers.stripe.form import Params
from tests.simulator.providers.stripe.ids import new_id
from tests.simulator.providers.stripe.operation import Call, Operation, names
from tests.simulator.providers.stripe.shapes.payment_intent import public_view
from tests.simulator.providers.stripe.shapes.payment_method import payment_method_object
from tests.simulator.web.message import JsonObject

_RETURN_URL_NEEDED = (
    "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because"
    " some of these payment methods might redirect your customer off of your page, you must provide"
    " a `return_url`. If you don't want to accept redirect-based payment methods, set"
    " `automatic_payment_methods[enabled]` to `true` and"
    " `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and"
    " Payment Intents."
)
_METHOD_MISSING = (
    "You cannot confirm this PaymentIntent because it's missing a payment method. You can either"
    " update the PaymentIntent with a payment method and then confirm it again, or confirm it again"
    " directly with a payment method or ConfirmationToken."
)


def visible_intent(call: Call) -> JsonObject:
    """Return the intent of the path. A browser must know its client secret."""
    intent = call.account.find("payment_intent", call.path["id"])
    known = call.caller.secret or (
        intent is not None and call.caller.client_secret == intent["client_secret"]
    )
    if intent is None or not known:
        raise no_such("payment_intent", call.path["id"])
    return intent


def view(call: Call, intent: JsonObject) -> JsonObject:
    return intent if call.caller.secret else public_view(intent)


def confirm(call: Call) -> JsonObject:
    intent = visible_intent(call)
    _refuse_wrong_state(intent)
    for name in ("receipt_email", "shipping", "setup_future_usage", "capture_method"):
        if name in call.params:
            intent[name] = call.params[name] or None
    attempt(call, intent, call.params)
    return view(call, intent)


def attempt(call: Call, intent: JsonObject, params: Params) -> None:
    """Confirm ``intent``: charged, waiting for the customer, or StripeError for a decline."""
    _refuse_missing_return_url(call, intent, params)
    given = params.get("payment_method") or intent["payment_method"]
    if not given:
        raise unexpected_state(_METHOD_MISSING, intent)
    payment_method = materialized(call.account, given)
    if card_of(payment_method).authenticate:
        _ask_customer(call, intent, payment_method, params)
    else:
        charge_card(call.account, intent, payment_method)


def materialized(account: Account, given: str) -> JsonObject:
    """Return the payment method named, made anew from one of Stripe's test names."""
    card = TEST_CARDS.get(given)
    if card is None:
        return account.get("payment_method", given, "payment_method")
    return account.add(payment_method_object(card, account.now))


def finish_authentication(account: Account, intent: JsonObject, success: bool) -> None:
    """The customer did, or failed, what the bank asked for."""
    payment_method = account.get("payment_method", intent["payment_method"])
    try:
        if success:
            charge_card(account, intent, payment_method)
        else:
            raise fail_authentication(account, intent, payment_method)
    except StripeError as error:
        # A failed payment is the customer's news, not the caller's error.
        if not error.keeps_effects:
            raise


def _ask_customer(
    call: Call, intent: JsonObject, payment_method: JsonObject, params: Params
) -> None:
    intent |= {"payment_method": payment_method["id"], "last_payment_error": None}
    if params.get("error_on_requires_action") or params.get("off_session"):
        intent["payment_method"] = None
        call.account.save(intent)
        raise StripeError(
            "Your card was declined. This transaction requires authentication.",
            status=402,
            type="card_error",
            code="authentication_required",
            extra={"decline_code": "authentication_required", "payment_intent": intent},
        )
    intent |= {"status": "requires_action", "next_action": _next_action(call, intent, params)}
    call.account.save(intent)
    call.account.emit("payment_intent.requires_action", intent)


def _next_action(call: Call, intent: JsonObject, params: Params) -> JsonObject:
    page = f"{call.base_url}/_sim/accounts/{call.account.name}/payment_intents/{intent['id']}"
    if params.get("return_url"):
        redirect = {"return_url": params["return_url"], "url": f"{page}/authenticate"}
        return {"type": "redirect_to_url", "redirect_to_url": redirect}
    details = {
        "directory_server_name": "visa",
        "server_transaction_id": new_id("3ds"),
        "type": "stripe_3ds2_fingerprint",
    }
    return {"type": "use_stripe_sdk", "use_stripe_sdk": details}


def _refuse_missing_return_url(call: Call, intent: JsonObject, params: Params) -> None:
    """Stripe asks a server for it; Stripe.js keeps the customer on the page and needs none."""
    automatic = intent["automatic_payment_methods"]
    if (
        call.caller.secret
        and automatic
        and automatic["allow_redirects"] == "always"
        and not params.get("return_url")
        and not params.get("error_on_requires_action")
    ):
        raise invalid_parameter(_RETURN_URL_NEEDED, "return_url")


def _refuse_wrong_state(intent: JsonObject) -> None:
    status = intent["status"]
    if status == "succeeded":
        raise unexpected_state(
            "You cannot confirm this PaymentIntent because it has already succeeded after being"
            " previously confirmed.",
            intent,
        )
    if status not in ("requires_payment_method", "requires_confirmation", "requires_action"):
        raise unexpected_state(
            f"You cannot confirm this PaymentIntent because it has a status of {status}. Only a"
            " PaymentIntent with one of the following statuses may be confirmed:"
            " requires_confirmation, requires_action.",
            intent,
        )


CONFIRM_PARAMS = (
    "payment_method return_url receipt_email shipping setup_future_usage off_session"
    " error_on_requires_action use_stripe_sdk"
)
OPERATIONS = (
    Operation(
        "POST",
        "/v1/payment_intents/{id}/confirm",
        "PaymentIntentConfirmParams",
        confirm,
        names(CONFIRM_PARAMS + " capture_method"),
        browser=True,
    ),
)
