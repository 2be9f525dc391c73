"""https://docs.stripe.com/api/payment_methods/object"""

import hashlib

from tests.simulator.providers.stripe.cards import Card
from tests.simulator.providers.stripe.ids import new_id
from tests.simulator.web.message import JsonObject

EXPIRY_MONTH, EXPIRY_YEAR = 8, 2034


def empty_billing_details() -> JsonObject:
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return {"address": address, "email": None, "name": None, "phone": None, "tax_id": None}


def fingerprint(card: Card) -> str:
    return hashlib.sha256(f"{card.brand}{card.last4}".encode()).hexdigest()[:16]


def card_checks() -> JsonObject:
    return {
        "address_line1_check": None,
        "address_postal_code_check": None,
        "cvc_check": "pass",
    }


def payment_method_object(card: Card, now: int) -> JsonObject:
    return {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": empty_billing_details(),
        "card": {
            "brand": card.brand,
            "checks": card_checks(),
            "country": card.country,
            "display_brand": card.brand,
            "exp_month": EXPIRY_MONTH,
            "exp_year": EXPIRY_YEAR,
            "fingerprint": fingerprint(card),
            "funding": "credit",
            "generated_from": None,
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }
