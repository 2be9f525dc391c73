from datetime import datetime
from uuid import UUID

from apps.payments import selectors
from apps.payments.gateways import line_to
from apps.payments.services._take_provider_intent import take_provider_intent
from apps.shared.db import outside_transaction
from apps.shared.schema import current_schema


@outside_transaction
def adopt_provider_payment(*, intent_id: UUID, reference: str, now: datetime) -> str:
    """Take a payment that the provider holds in our name, and whose reference was lost here.

    The first answer never came, and the key is too old to find what it made; or a backup was
    restored. The provider's own object has to name this payment of this shop, and ours must have no
    reference yet: else it is left alone (`not_ours`). Returns what came of it, in one word.

    Raises PaymentNotFound, NoPaymentProvider, ProviderUnavailable, ProviderRefused.
    """
    intent = selectors.intent_by_id(intent_id=intent_id)
    fact = line_to(selectors.account_of(provider=intent.provider)).fetch_intent(reference)
    ours = {"tenant": current_schema(), "payment": intent.public_id}
    if intent.provider_reference or not ours.items() <= dict(fact.metadata).items():
        return "not_ours"
    return take_provider_intent(intent_id=intent_id, fact=fact, now=now)
