"""What Stripe's accounts are opened with: https://docs.stripe.com/keys."""

from dataclasses import dataclass

from apps.payments.gateways.credentials import Credentials, former, platforms, secret, shown


@dataclass(frozen=True, kw_only=True)
class StripeCredentials(Credentials):
    """A shop's Stripe account."""

    publishable_key: str = shown("Publishable key", help="Begins with pk_.", is_required=False)
    secret_key: str = secret("Secret key", help="Begins with sk_ or rk_.")
    webhook_secret: str = secret("Webhook secret", help="Begins with whsec_.", is_required=False)
    former_webhook_secret: str = former("webhook_secret")
    connected_account: str = platforms(
        "Connected account", help="acct_…: worked with by the platform's own key (Connect)."
    )

    def problems(self) -> dict[str, str]:
        """What stands in the publishable key is shown to every shopper."""
        found = super().problems()
        if self.connected_account:
            found.pop("secret_key", None)
            if not self.connected_account.startswith("acct_"):
                found["connected_account"] = "A connected account begins with acct_."
        if self.publishable_key.startswith(("sk_", "rk_", "whsec_")):
            found["publishable_key"] = "This is a secret. The publishable key begins with pk_."
        return found

    @property
    def webhook_secrets(self) -> list[str]:
        """Those that sign its webhooks: the present one, and the former one until it is removed."""
        return [one for one in (self.webhook_secret, self.former_webhook_secret) if one]
