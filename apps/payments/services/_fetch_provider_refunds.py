from uuid import UUID

from apps.payments import selectors
from apps.payments.gateways import line_to
from apps.payments.gateways.base import ProviderRefund
from apps.shared.db import outside_transaction


@outside_transaction
def fetch_provider_refunds(*, payment_id: UUID) -> list[ProviderRefund]:
    """Every refund of a payment as the provider knows it now, oldest first.

    Raises PaymentNotFound, NoPaymentProvider, ProviderUnavailable, ProviderRefused.
    """
    intent = selectors.intent_by_id(intent_id=payment_id)
    line = line_to(selectors.account_of(provider=intent.provider))
    if not intent.provider_reference:
        return []
    return line.refunds_of_payment(intent.provider_reference)
