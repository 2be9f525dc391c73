"""PayPal's registration."""

from datetime import timedelta

from apps.payments.gateways.paypal.amounts import AMOUNTS
from apps.payments.gateways.paypal.credentials import PayPalCredentials
from apps.payments.gateways.paypal.gateway import PayPalGateway
from apps.payments.gateways.paypal.webhook_endpoint import ensure_webhook_endpoint
from apps.payments.gateways.paypal.webhooks import HEADERS
from apps.payments.gateways.provider import Capabilities, Provider

PAYPAL = Provider(
    code="paypal",
    title="PayPal",
    credentials=PayPalCredentials,
    connect=PayPalGateway,
    capabilities=Capabilities(
        supports_manual_capture=True,
        supports_partial_capture=True,
        # The money is sure for three days; until the end PayPal tries to get it.
        authorized_for=timedelta(days=29),
        # A shop's money stays in its PayPal balance until somebody takes it out: a withdrawal
        # consists of no payments.
        tells_fees=True,
        currencies=frozenset(AMOUNTS.currencies or ()),
    ),
    kept_headers=HEADERS,
    subscribe=ensure_webhook_endpoint,
)
