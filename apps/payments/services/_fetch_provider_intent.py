from uuid import UUID

from apps.payments import selectors
from apps.payments.errors import PaymentNotFound
from apps.payments.gateways import gateway
from apps.payments.gateways.base import Credentials, ProviderIntent
from apps.shared.db import outside_transaction


@outside_transaction
def fetch_provider_intent(*, intent_id: UUID) -> ProviderIntent:
    """How a payment stands at the provider now.

    Raises PaymentNotFound (also when the provider was never told of it), NoPaymentProvider,
    ProviderUnavailable, ProviderRefused.
    """
    intent = selectors.intent_by_id(intent_id=intent_id)
    if not intent.provider_reference:
        raise PaymentNotFound
    account = selectors.account_of(provider=intent.provider)
    line = gateway(intent.provider, Credentials(secret_key=account.secret_key))
    return line.fetch_intent(intent.provider_reference)
