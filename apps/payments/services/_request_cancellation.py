from uuid import UUID

from apps.payments import selectors
from apps.payments.gateways import line_to
from apps.payments.gateways.base import ProviderIntent
from apps.shared.db import outside_transaction


@outside_transaction
def request_cancellation(*, intent_id: UUID) -> ProviderIntent | None:
    """Ask the provider to give a payment up; its answer is for `close_intent`.

    None: the provider was never told of it. The key is made from the intent (PAY-004).

    Raises PaymentNotFound, NoPaymentProvider, ProviderUnavailable, ProviderRefused.
    """
    intent = selectors.intent_by_id(intent_id=intent_id)
    if not intent.provider_reference:
        return None
    line = line_to(selectors.account_of(provider=intent.provider))
    return line.cancel_intent(intent.provider_reference, key=f"{intent.public_id}:cancel")
