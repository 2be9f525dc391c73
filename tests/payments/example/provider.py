"""The registration, and what the provider's accounts are opened with."""

from dataclasses import dataclass

from apps.payments.gateways.credentials import Credentials, former, secret, shown
from apps.payments.gateways.provider import Capabilities, Provider
from tests.payments.example.gateway import ExampleGateway


@dataclass(frozen=True, kw_only=True)
class ExampleCredentials(Credentials):
    """A shop's account at Example Pay."""

    merchant: str = shown("Merchant id")
    mode: str = shown("Mode", choices=("live", "test"))
    api_key: str = secret("API key")
    webhook_secret: str = secret("Webhook secret", is_required=False)
    former_webhook_secret: str = former("webhook_secret")


def connect(credentials: ExampleCredentials) -> ExampleGateway:
    """The line for an account."""
    live = (credentials.webhook_secret, credentials.former_webhook_secret)
    return ExampleGateway(
        merchant=credentials.merchant, webhook_secrets=[one for one in live if one]
    )


EXAMPLE = Provider(
    code="example",
    title="Example Pay",
    credentials=ExampleCredentials,
    connect=connect,
    capabilities=Capabilities(lists_money=False),
    kept_headers=("Example-Signature",),
)
