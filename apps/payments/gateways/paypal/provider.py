"""PayPal's registration."""

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
    # A shop's money stays in its PayPal balance until somebody takes it out: a withdrawal consists
    # of no payments.
    capabilities=Capabilities(currencies=frozenset(AMOUNTS.currencies or ()), tells_fees=True),
    kept_headers=HEADERS,
    subscribe=ensure_webhook_endpoint,
)
