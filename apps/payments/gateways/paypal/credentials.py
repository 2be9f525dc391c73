"""What a shop's PayPal app is opened with: https://developer.paypal.com/api/rest/#link-getclientidandclientsecret."""

from dataclasses import dataclass

from apps.payments.gateways.credentials import Credentials, secret, shown

LIVE, SANDBOX = "live", "sandbox"


@dataclass(frozen=True, kw_only=True)
class PayPalCredentials(Credentials):
    """A REST app of the shop's PayPal business account."""

    environment: str = shown("Environment", choices=(LIVE, SANDBOX))
    client_id: str = shown("Client ID")
    client_secret: str = secret("Secret")
    webhook_id: str = shown(
        "Webhook ID",
        help="PayPal shows it beside the webhook; every signature covers it.",
        is_required=False,
    )
