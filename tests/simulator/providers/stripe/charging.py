"""Taking money: the attempt on a card, its capture, and what is announced of it."""

from tests.simulator.providers.stripe.account import Account
from tests.simulator.providers.stripe.cards import CARDS_BY_LAST4, Card, Decline
from tests.simulator.providers.stripe.errors import StripeError
from tests.simulator.providers.stripe.shapes.balance_transaction import (
    balance_transaction_object,
    fee_of,
)
from tests.simulator.providers.stripe.shapes.charge import charge_object, refuse
from tests.simulator.web.message import JsonObject

_AUTHENTICATION_FAILED = (
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or"
    " a new PaymentMethod to attempt to fulfill this PaymentIntent again."
)


def card_of(payment_method: JsonObject) -> Card:
    return CARDS_BY_LAST4[payment_method["card"]["last4"]]


def charge_card(account: Account, intent: JsonObject, payment_method: JsonObject) -> None:
    """Try to take the amount of ``intent``.

    Raises StripeError 402 when the card is declined; what it wrote stays.
    """
    card = card_of(payment_method)
    charge = charge_object(intent, payment_method["id"], card, account.now)
    intent |= {
        "payment_method": payment_method["id"],
        "latest_charge": charge["id"],
        "next_action": None,
        "last_payment_error": None,
    }
    if card.decline:
        refuse(charge, card.decline)
        account.add(charge)
        account.emit("charge.failed", charge)
        raise _declined(account, intent, payment_method, charge, card.decline)
    account.add(charge)
    if intent["capture_method"] == "manual":
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        account.save(intent)
        account.record("authorization", charge, intent["amount"], intent["id"])
        account.emit("charge.succeeded", charge)
        account.emit("payment_intent.amount_capturable_updated", intent)
        return
    take(account, intent, charge, intent["amount"])
    if intent["capture_method"] != "automatic_async":
        account.emit("charge.succeeded", charge)
        account.emit("payment_intent.succeeded", intent)
        return
    # Captured asynchronously: the fee is known a moment later than the payment.
    entry = {"balance_transaction": None}
    account.emit("charge.succeeded", charge | entry)
    account.emit("payment_intent.succeeded", intent)
    account.emit("charge.updated", charge, entry)


def take(account: Account, intent: JsonObject, charge: JsonObject, amount: int) -> None:
    """Capture ``amount`` of the charge: the money is the shop's from here on."""
    entry = balance_transaction_object(
        "charge",
        charge | {"description": intent["description"]},
        amount,
        account.now,
        fee=fee_of(amount),
    )
    account.add(entry)
    charge |= {
        "amount_captured": amount,
        "balance_transaction": entry["id"],
        "captured": True,
    }
    account.save(charge)
    intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
    account.save(intent)
    account.record("charge", charge, amount, intent["id"])


def fail_authentication(
    account: Account, intent: JsonObject, payment_method: JsonObject
) -> StripeError:
    """Send the intent back to its start and return the error that a confirming call gets."""
    fields: JsonObject = {
        "code": "payment_intent_authentication_failure",
        "doc_url": "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
        "message": _AUTHENTICATION_FAILED,
    }
    return _fail(account, intent, payment_method, fields, "invalid_request_error")


def _declined(
    account: Account,
    intent: JsonObject,
    payment_method: JsonObject,
    charge: JsonObject,
    decline: Decline,
) -> StripeError:
    fields: JsonObject = {
        "charge": charge["id"],
        "code": decline.code,
        "doc_url": f"https://stripe.com/docs/error-codes/{decline.code.replace('_', '-')}",
        "message": decline.message,
    }
    if decline.decline_code:
        fields["decline_code"] = decline.decline_code
    return _fail(account, intent, payment_method, fields, "card_error")


def _fail(
    account: Account,
    intent: JsonObject,
    payment_method: JsonObject,
    fields: JsonObject,
    type: str,
) -> StripeError:
    intent |= {
        "last_payment_error": {**fields, "payment_method": payment_method, "type": type},
        "next_action": None,
        # A method that failed is not kept: the customer chooses again.
        "payment_method": None,
        "status": "requires_payment_method",
    }
    account.save(intent)
    account.emit("payment_intent.payment_failed", intent)
    return StripeError(
        fields["message"],
        status=402 if type == "card_error" else 400,
        type=type,
        code=fields["code"],
        keeps_effects=True,
        extra={
            **{name: fields[name] for name in ("charge", "decline_code") if name in fields},
            "payment_intent": intent,
            "payment_method": payment_method,
        },
    )
