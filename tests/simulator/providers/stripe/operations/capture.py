"""Capturing and cancelling PaymentIntents."""

from tests.simulator.providers.stripe.account import Account
from tests.simulator.providers.stripe.amounts import checked_amount, formatted
from tests.simulator.providers.stripe.charging import take
from tests.simulator.providers.stripe.errors import StripeError, unexpected_state
from tests.simulator.providers.stripe.operation import Call, Operation, names
from tests.simulator.providers.stripe.shapes.refund import refund_object
from tests.simulator.web.message import JsonObject

_CANCELABLE = (
    "requires_payment_method",
    "requires_capture",
    "requires_confirmation",
    "requires_action",
)


def capture(call: Call) -> JsonObject:
    account = call.account
    intent = account.get("payment_intent", call.path["id"])
    if intent["status"] != "requires_capture":
        raise unexpected_state(
            "This PaymentIntent could not be captured because it has a status of"
            f" {intent['status']}. Only a PaymentIntent with one of the following statuses may be"
            " captured: requires_capture.",
            intent,
        )
    capturable: int = intent["amount_capturable"]
    amount: int = call.params.get("amount_to_capture", capturable)
    checked_amount(amount, intent["currency"], "amount_to_capture")
    if amount > capturable:
        raise StripeError(
            f"You cannot capture {formatted(amount, intent['currency'])} of this PaymentIntent:"
            f" only {formatted(capturable, intent['currency'])} can be captured.",
            code="amount_too_large",
            param="amount_to_capture",
        )
    if (fee := call.params.get("application_fee_amount")) is not None:
        intent["application_fee_amount"] = fee
    charge = account.get("charge", intent["latest_charge"])
    take(account, intent, charge, amount)
    account.emit("charge.captured", charge)
    if amount < capturable:
        release(account, charge, capturable - amount)
    account.emit("payment_intent.succeeded", intent)
    return intent


def cancel(call: Call) -> JsonObject:
    account = call.account
    intent = account.get("payment_intent", call.path["id"])
    if intent["status"] not in _CANCELABLE:
        raise unexpected_state(
            "You cannot cancel this PaymentIntent because it has a status of"
            f" {intent['status']}. Only a PaymentIntent with one of the following statuses may be"
            f" canceled: {', '.join(_CANCELABLE)}, processing.",
            intent,
        )
    held = intent["amount_capturable"]
    intent |= {
        "amount_capturable": 0,
        "canceled_at": account.now,
        "cancellation_reason": call.params.get("cancellation_reason"),
        "next_action": None,
        "status": "canceled",
    }
    account.save(intent)
    if held:
        release(account, account.get("charge", intent["latest_charge"]), held)
    account.emit("payment_intent.canceled", intent)
    return intent


def release(account: Account, charge: JsonObject, amount: int) -> None:
    """Give up a hold on the customer's money. Stripe shows it as a refund; no money moves."""
    refund = refund_object(charge, amount, account.now)
    account.add(refund)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    account.save(charge)
    account.record("release", charge, amount, charge["payment_intent"])
    account.emit("charge.refunded", charge)


OPERATIONS = (
    Operation(
        "POST",
        "/v1/payment_intents/{id}/capture",
        "PaymentIntentCaptureParams",
        capture,
        names("amount_to_capture application_fee_amount"),
    ),
    Operation(
        "POST",
        "/v1/payment_intents/{id}/cancel",
        "PaymentIntentCancelParams",
        cancel,
        names("cancellation_reason"),
    ),
)
