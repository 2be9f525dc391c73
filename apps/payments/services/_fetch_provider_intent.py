from uuid import UUID

from apps.payments import selectors
from apps.payments.errors import PaymentNotFound
from apps.payments.gateways import line_to
from apps.payments.gateways.base import ProviderIntent
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
    line = line_to(selectors.account_of(provider=intent.provider))
    return line.fetch_intent(intent.provider_reference)
