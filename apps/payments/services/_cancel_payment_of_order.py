from datetime import datetime
from uuid import UUID

from apps.payments import selectors
from apps.payments.gateways.base import ProviderState
from apps.payments.services._close_intent import close_intent
from apps.payments.services._request_cancellation import request_cancellation
from apps.shared.db import outside_transaction


@outside_transaction
def cancel_payment_of_order(*, order_id: UUID, now: datetime) -> ProviderState | None:
    """Give up the payment that is under way for an order which needs none any more.

    The provider has the last word: a payment that succeeded meanwhile is taken as succeeded, and
    settles as money for an order that cannot take it (PAY-008). The key is made from the intent
    (PAY-004); a second call finds nothing under way.

    Returns where the provider says that it stands; None: there was nothing that it was told of.

    Raises NoPaymentProvider, ProviderUnavailable, ProviderRefused: to be tried again.
    """
    intent = selectors.active_intent(order_id=order_id)
    if intent is None:
        return None
    answer = request_cancellation(intent_id=intent.pk)
    close_intent(intent_id=intent.pk, answer=answer, now=now)
    return answer.state if answer is not None else None
