from collections.abc import Mapping

from apps.payments.errors import CredentialsRefused
from apps.payments.gateways import provider_of
from apps.payments.gateways.credentials import renewed, stored_parts
from apps.payments.models import PaymentAccount
from apps.shared.db import owns_transaction


@owns_transaction
def save_account(*, provider: str, values: Mapping[str, str]) -> PaymentAccount:
    """Set the shop's account at a provider, and offer it; there is one per provider.

    `values` are the provider's credentials by name; those left out stay as they are. A secret that
    is replaced stays live as the former one, where the provider has a place for that.

    Raises UnknownProvider, CredentialsRefused.
    """
    schema = provider_of(provider).credentials
    known = PaymentAccount.objects.select_for_update().filter(provider=provider).first()
    account = known or PaymentAccount(provider=provider)
    credentials = renewed(schema.of({**account.settings, **account.secrets}), values)
    if problems := credentials.problems():
        raise CredentialsRefused(fields=problems)
    account.settings, account.secrets = stored_parts(credentials)
    account.is_active = True
    account.save()
    return account
