from collections.abc import Mapping

from apps.payments.gateways import provider_of
from apps.payments.gateways.credentials import renewed
from apps.payments.models import PaymentAccount
from apps.payments.services._save_account import save_account
from apps.shared.db import outside_transaction


@outside_transaction
def connect_account(*, provider: str, values: Mapping[str, str], webhook_url: str) -> bool:
    """Let the shop take money through its account at a provider, webhooks included.

    A provider that can be told where to send them is told `webhook_url`, and the signing secret is
    kept. True when something changed.

    Raises UnknownProvider, CredentialsRefused, ProviderUnavailable, ProviderRefused.
    """
    description = provider_of(provider)
    account = PaymentAccount.objects.filter(provider=provider).first()
    stored = {**account.settings, **account.secrets} if account else {}
    changed = {name for name, value in values.items() if stored.get(name, "") != value}
    secrets = {one.name for one in description.credentials.settings() if one.is_secret}
    # Another account's webhook secret says nothing about this one's.
    known = {} if changed & secrets else stored
    credentials = renewed(description.credentials.of(known), values)
    told = description.subscribe(credentials, url=webhook_url) if description.subscribe else {}
    if account is not None and not changed and not told:
        return False
    save_account(provider=provider, values={**values, **told})
    return True
