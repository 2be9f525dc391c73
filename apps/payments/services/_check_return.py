from collections.abc import Mapping
from uuid import UUID

from apps.payments import selectors
from apps.payments.errors import PaymentNotFound
from apps.payments.gateways import line_to
from apps.shared.db import outside_transaction


@outside_transaction
def check_return(*, intent_id: UUID, returned: Mapping[str, str]) -> None:
    """What the provider gave the shopper's client on its way back is genuine.

    It makes nothing paid (ORDER-005).

    Raises InvalidSignature, PaymentNotFound (also when the provider was never told of it),
    NoPaymentProvider.
    """
    intent = selectors.intent_by_id(intent_id=intent_id)
    if not intent.provider_reference:
        raise PaymentNotFound
    line = line_to(selectors.account_of(provider=intent.provider))
    line.check_return(reference=intent.provider_reference, returned=returned)
