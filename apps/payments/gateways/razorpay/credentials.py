"""What a shop's Razorpay account is opened with: https://razorpay.com/docs/api/authentication/."""

from dataclasses import dataclass

from apps.payments.gateways.credentials import Credentials, former, secret, shown
from apps.shared.money import UnknownCurrency, exponent


@dataclass(frozen=True, kw_only=True)
class RazorpayCredentials(Credentials):
    """A shop's Razorpay account; test keys begin with rzp_test_."""

    key_id: str = shown("Key ID", help="Begins with rzp_live_ or rzp_test_.")
    key_secret: str = secret("Key secret")
    webhook_secret: str = secret(
        "Webhook secret", help="The one you chose when you added the webhook.", is_required=False
    )
    former_webhook_secret: str = former("webhook_secret")
    settled_in: str = shown(
        "Settled in",
        help="Currency of your account's settlements, such as MYR; INR if you leave it empty.",
        is_required=False,
    )

    @property
    def settlement_currency(self) -> str:
        """Settlements do not say it themselves."""
        return self.settled_in or "INR"

    def problems(self) -> dict[str, str]:
        found = super().problems()
        try:
            exponent(self.settlement_currency)
        except UnknownCurrency:
            found["settled_in"] = "A currency's code of three letters, as in ISO 4217."
        return found

    @property
    def webhook_secrets(self) -> list[str]:
        """Those that sign its webhooks: the present one, and the former one until it is removed."""
        return [one for one in (self.webhook_secret, self.former_webhook_secret) if one]
