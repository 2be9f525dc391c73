"""https://docs.stripe.com/api/charges/object"""

from tests.simulator.providers.stripe.cards import Card, Decline
from tests.simulator.providers.stripe.ids import new_id
from tests.simulator.providers.stripe.shapes.payment_method import (
    EXPIRY_MONTH,
    EXPIRY_YEAR,
    card_checks,
    empty_billing_details,
    fingerprint,
)
from tests.simulator.web.message import JsonObject

STATEMENT = "GALLERIA SIMULATOR"


def charge_object(
    payment_intent: JsonObject, payment_method: str, card: Card, now: int
) -> JsonObject:
    """Return an authorized charge of the whole intent, not yet captured."""
    id = new_id("ch")
    copied = (
        "amount application application_fee_amount currency customer description livemode metadata"
        " on_behalf_of receipt_email shipping statement_descriptor statement_descriptor_suffix"
        " transfer_data transfer_group"
    )
    return {
        "id": id,
        "object": "charge",
        "amount_captured": 0,
        "amount_refunded": 0,
        "application_fee": None,
        "balance_transaction": None,
        "billing_details": empty_billing_details(),
        "calculated_statement_descriptor": STATEMENT,
        "captured": False,
        "created": now,
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "outcome": _outcome(None),
        "paid": True,
        "payment_intent": payment_intent["id"],
        "payment_method": payment_method,
        "payment_method_details": {"card": _card_details(payment_intent, card), "type": "card"},
        "receipt_number": None,
        "receipt_url": f"https://pay.stripe.com/receipts/{id}",
        "refunded": False,
        "review": None,
        "source": None,
        "source_transfer": None,
        "status": "succeeded",
    } | {name: payment_intent[name] for name in copied.split()}


def refuse(charge: JsonObject, decline: Decline) -> None:
    """Turn a charge into one that the card's issuer declined."""
    charge |= {
        "failure_code": decline.code,
        "failure_message": decline.message,
        "outcome": _outcome(decline),
        "paid": False,
        "receipt_url": None,
        "status": "failed",
    }


def _outcome(decline: Decline | None) -> JsonObject:
    declined = (
        {
            "network_status": "declined_by_network",
            "reason": decline.decline_code or decline.code,
            "seller_message": "The bank did not return any further details with this decline.",
            "type": "issuer_declined",
        }
        if decline
        else {
            "network_status": "approved_by_network",
            "reason": None,
            "seller_message": "Payment complete.",
            "type": "authorized",
        }
    )
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "risk_level": "normal",
        "risk_score": 20,
        **declined,
    }


def _card_details(payment_intent: JsonObject, card: Card) -> JsonObject:
    amount = payment_intent["amount"]
    return {
        "amount_authorized": amount,
        "authorization_code": "123456",
        "brand": card.brand,
        "checks": card_checks(),
        "country": card.country,
        "exp_month": EXPIRY_MONTH,
        "exp_year": EXPIRY_YEAR,
        "extended_authorization": {"status": "disabled"},
        "fingerprint": fingerprint(card),
        "funding": "credit",
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": card.last4,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card.brand,
        "network_token": {"used": False},
        "network_transaction_id": "104102978678771",
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": None,
        "transaction_link_id": None,
        "wallet": None,
    }
