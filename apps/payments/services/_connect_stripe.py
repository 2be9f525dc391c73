from apps.payments.gateways.stripe.webhook_endpoint import ensure_webhook_endpoint
from apps.payments.models import PaymentAccount, Provider
from apps.payments.services._save_account import save_account
from apps.shared.db import outside_transaction


@outside_transaction
def connect_stripe(*, secret_key: str, publishable_key: str, webhook_url: str) -> bool:
    """Let the shop take money through a Stripe account, its webhooks included.

    Registers `webhook_url` at Stripe when it is not yet, and keeps the signing secret. True when
    something changed.

    Raises ProviderUnavailable, ProviderRefused.
    """
    account = PaymentAccount.objects.filter(provider=Provider.STRIPE).first()
    is_same = account is not None and account.secret_key == secret_key
    known_secret = account.webhook_secret if account is not None and is_same else ""
    new_secret = ensure_webhook_endpoint(
        secret_key=secret_key, url=webhook_url, is_secret_known=bool(known_secret)
    )
    if is_same and new_secret is None:
        return False
    save_account(
        provider=Provider.STRIPE,
        secret_key=secret_key,
        publishable_key=publishable_key,
        webhook_secret=new_secret or known_secret,
    )
    return True
