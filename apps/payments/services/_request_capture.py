from uuid import UUID

from apps.payments import selectors
from apps.payments.errors import PaymentNotFound
from apps.payments.gateways import line_to
from apps.payments.gateways.base import ProviderIntent
from apps.shared.db import outside_transaction


@outside_transaction
def request_capture(*, intent_id: UUID) -> ProviderIntent:
    """Take the money that a shopper has agreed to; the provider's answer is a fact like others.

    The key is made from the intent (PAY-004), the amount is the intent's (PAY-002).

    Raises PaymentNotFound, NoPaymentProvider, ProviderUnavailable, ProviderRefused.
    """
    intent = selectors.intent_by_id(intent_id=intent_id)
    if not intent.provider_reference:
        raise PaymentNotFound
    line = line_to(selectors.account_of(provider=intent.provider))
    return line.capture_intent(
        intent.provider_reference,
        amount=intent.amount,
        currency=intent.currency,
        key=f"{intent.public_id}:capture",
    )
