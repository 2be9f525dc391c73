"""Shops whose Stripe accounts belong to the platform's: https://docs.stripe.com/connect/direct-charges.

Payments are made on the shop's connected account (`Stripe-Account`) by the platform's key, and the
platform keeps a fee of each.
"""

from django.conf import settings

from apps.payments.gateways.stripe.credentials import StripeCredentials

_BASIS_POINTS = 10_000


def application_fee(amount: int) -> int:
    """The platform's part of an amount, in the same units, rounded down."""
    fee_bp: int = settings.STRIPE_CONNECT_FEE_BASIS_POINTS
    return amount * fee_bp // _BASIS_POINTS


def client_settings(credentials: StripeCredentials) -> dict[str, str]:
    """What Stripe.js is started with."""
    if not credentials.connected_account:
        return {"publishable_key": credentials.publishable_key}
    return {
        "publishable_key": settings.STRIPE_CONNECT_PUBLISHABLE_KEY,
        "stripe_account": credentials.connected_account,
    }
