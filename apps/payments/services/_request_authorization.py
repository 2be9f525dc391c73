from uuid import UUID

from apps.payments import selectors
from apps.payments.errors import PaymentNotFound
from apps.payments.gateways import line_to
from apps.payments.gateways.base import ProviderIntent
from apps.shared.db import outside_transaction


@outside_transaction
def request_authorization(*, intent_id: UUID) -> ProviderIntent:
    """Have the money held that a shopper has agreed to; the answer is a fact like others.

    For providers where that is a step of its own. The key is made from the intent (PAY-004).

    Raises PaymentNotFound, NoPaymentProvider, ProviderUnavailable, ProviderRefused.
    """
    intent = selectors.intent_by_id(intent_id=intent_id)
    if not intent.provider_reference:
        raise PaymentNotFound
    line = line_to(selectors.account_of(provider=intent.provider))
    return line.authorize_intent(intent.provider_reference, key=f"{intent.public_id}:authorize")
