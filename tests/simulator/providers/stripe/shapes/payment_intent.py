"""https://docs.stripe.com/api/payment_intents/object"""

from tests.simulator.providers.stripe.ids import new_client_secret, new_id
from tests.simulator.web.message import JsonObject

# What a browser with a publishable key gets to see.
_PUBLIC = """
    id object amount amount_details automatic_payment_methods canceled_at cancellation_reason
    capture_method client_secret confirmation_method created currency description
    excluded_payment_method_types last_payment_error livemode next_action payment_method
    payment_method_configuration_details payment_method_types processing receipt_email
    setup_future_usage shipping source status
"""
PUBLIC_FIELDS = frozenset(_PUBLIC.split())


def payment_intent_object(amount: int, currency: str, now: int) -> JsonObject:
    """Return a new intent; ``amount`` is in the currency's smallest unit."""
    id = new_id("pi")
    return {
        "id": id,
        "object": "payment_intent",
        "allowed_payment_method_types": None,
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": new_client_secret(id),
        "confirmation_method": "automatic",
        "created": now,
        "currency": currency,
        "customer": None,
        "customer_account": None,
        "description": None,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "managed_payments": {"enabled": False},
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }


def public_view(payment_intent: JsonObject) -> JsonObject:
    return {name: value for name, value in payment_intent.items() if name in PUBLIC_FIELDS}
