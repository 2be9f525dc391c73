"""Payment providers: a folder each, and a line here (docs/guides/adding-a-payment-provider.md)."""

from apps.payments.gateways.bakong.provider import BAKONG
from apps.payments.gateways.gateway import Gateway
from apps.payments.gateways.paypal.provider import PAYPAL
from apps.payments.gateways.razorpay.provider import RAZORPAY
from apps.payments.gateways.registry import provider_of, provider_title, providers, register
from apps.payments.gateways.stripe.provider import STRIPE
from apps.payments.models import PaymentAccount

__all__ = ["line_to", "provider_of", "provider_title", "providers", "register"]

register(STRIPE)
register(PAYPAL)
register(RAZORPAY)
register(BAKONG)


def line_to(account: PaymentAccount) -> Gateway:
    """The line to the provider for a shop's account. Raises UnknownProvider."""
    return provider_of(account.provider).line({**account.settings, **account.secrets})
