from uuid import UUID

from apps.payments import selectors
from apps.payments.errors import PaymentNotFound
from apps.payments.gateways import line_to
from apps.payments.gateways.base import ProviderIntent
from apps.shared.db import outside_transaction


@outside_transaction
def request_capture(*, intent_id: UUID, amount: int, key: str) -> ProviderIntent:
    """Take money that a shopper has agreed to; the provider's answer is a fact like others.

    `amount` in minor units is the intent's (PAY-002), or what was asked for of it; the same `key`
    captures once (PAY-004).

    Raises PaymentNotFound, NoPaymentProvider, ProviderUnavailable, ProviderRefused.
    """
    intent = selectors.intent_by_id(intent_id=intent_id)
    if not intent.provider_reference:
        raise PaymentNotFound
    line = line_to(selectors.account_of(provider=intent.provider))
    return line.capture_intent(
        intent.provider_reference,
        amount=amount,
        currency=intent.currency,
        key=key,
    )
