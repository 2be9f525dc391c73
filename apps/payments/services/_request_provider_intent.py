from uuid import UUID

from apps.payments import selectors
from apps.payments.gateways import line_to
from apps.payments.gateways.base import IntentRequest, ProviderIntent
from apps.shared.db import outside_transaction
from apps.shared.ids import public_id
from apps.shared.schema import current_schema


@outside_transaction
def request_provider_intent(*, intent_id: UUID) -> ProviderIntent:
    """Ask the provider to collect what an intent says (PAY-005).

    The key is made from the intent, so that asking again after a timeout, a crash or in a second
    tab finds the payment that the first call made (PAY-004).

    Raises PaymentNotFound, NoPaymentProvider, ProviderUnavailable, ProviderRefused.
    """
    intent = selectors.intent_by_id(intent_id=intent_id)
    request = IntentRequest(
        amount=intent.amount,
        currency=intent.currency,
        metadata={
            "tenant": current_schema(),
            "payment": intent.public_id,
            "order": public_id("ord", intent.order_id),
        },
        payment=intent.public_id,
        return_url=intent.return_url,
        created_at=intent.created_at,
    )
    line = line_to(selectors.account_of(provider=intent.provider))
    return line.create_intent(request, key=f"{intent.public_id}:create")
