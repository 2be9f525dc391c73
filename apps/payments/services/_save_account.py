from apps.payments.models import PaymentAccount
from apps.shared.db import owns_transaction


@owns_transaction
def save_account(
    *, provider: str, secret_key: str, publishable_key: str, webhook_secret: str
) -> PaymentAccount:
    """Set the shop's account at a provider; there is one per provider."""
    account, _ = PaymentAccount.objects.update_or_create(
        provider=provider,
        defaults={
            "secret_key": secret_key,
            "publishable_key": publishable_key,
            "webhook_secret": webhook_secret,
            "is_active": True,
        },
    )
    return account
