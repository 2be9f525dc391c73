import logging
from datetime import datetime
from uuid import UUID

from apps.payments import selectors
from apps.payments.errors import ProviderUnavailable
from apps.payments.events import PaymentCancelled
from apps.payments.gateways.base import ProviderIntent, ProviderState
from apps.payments.services._apply_provider_intent import apply_provider_intent
from apps.payments.states import IntentStatus
from apps.shared.db import owns_transaction
from apps.shared.outbox.emit import emit

logger = logging.getLogger(__name__)


@owns_transaction
def close_intent(
    *, intent_id: UUID, answer: ProviderIntent | None, failure_code: str = "", now: datetime
) -> None:
    """Write down what came of giving a payment up; `answer` is the provider's.

    None: the provider had told us of no such payment, so nobody holds its client secret, nothing
    can have been taken, and it is cancelled here; `failure_code` says why. One that the provider
    goes on with (a bank debit on its way) stays as it is: its webhook will say how it ends.

    Raises PaymentNotFound; ProviderUnavailable when the provider's first answer came between, so
    that there is something to cancel after all.
    """
    intent = selectors.intent_for_update(intent_id=intent_id)
    if answer is not None:
        outcome = apply_provider_intent(intent=intent, fact=answer, now=now)
        if answer.state not in (ProviderState.SUCCEEDED, ProviderState.CANCELLED):
            logger.warning(
                "payment.not_cancelled", extra={"payment": intent.public_id, "outcome": outcome}
            )
        return
    if intent.status != IntentStatus.PROCESSING:
        return
    if intent.provider_reference:
        raise ProviderUnavailable("The payment was begun at the provider meanwhile.")
    why = failure_code or intent.failure_code
    intent.move_to(IntentStatus.CANCELLED, now=now, failure_code=why)
    emit(PaymentCancelled(payment_id=str(intent.pk), order_id=str(intent.order_id)), now=now)
