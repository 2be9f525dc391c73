"""Stripe's registration."""

from apps.payments.gateways.provider import Capabilities, Provider
from apps.payments.gateways.stripe.connect import client_settings
from apps.payments.gateways.stripe.credentials import StripeCredentials
from apps.payments.gateways.stripe.gateway import StripeGateway
from apps.payments.gateways.stripe.webhook_endpoint import ensure_webhook_endpoint

STRIPE = Provider(
    code="stripe",
    title="Stripe",
    credentials=StripeCredentials,
    connect=StripeGateway,
    capabilities=Capabilities(
        supports_manual_capture=True,
        supports_partial_capture=True,
        tells_fees=True,
        tells_payouts=True,
    ),
    kept_headers=("Stripe-Signature", "User-Agent"),
    client_settings=client_settings,
    subscribe=ensure_webhook_endpoint,
)
