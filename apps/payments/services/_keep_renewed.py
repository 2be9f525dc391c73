from collections.abc import Mapping

from apps.payments.errors import NoPaymentProvider
from apps.payments.gateways import provider_of
from apps.payments.gateways.credentials import renewed, stored_parts
from apps.payments.models import PaymentAccount
from apps.shared.db import owns_transaction


@owns_transaction
def keep_renewed(*, provider: str, values: Mapping[str, str]) -> None:
    """Keep what a provider gave us instead of what has come to its end; all else stays.

    Raises NoPaymentProvider, UnknownProvider.
    """
    account = PaymentAccount.objects.select_for_update().filter(provider=provider).first()
    if account is None:
        raise NoPaymentProvider
    schema = provider_of(provider).credentials
    known = schema.of({**account.settings, **account.secrets})
    account.settings, account.secrets = stored_parts(renewed(known, values))
    account.save(update_fields=["settings", "secrets"])
