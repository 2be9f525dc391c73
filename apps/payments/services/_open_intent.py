from datetime import datetime
from uuid import UUID

from apps.payments import selectors
from apps.payments.errors import NothingToPay, PaymentAlreadyProcessed
from apps.payments.models import PaymentIntent
from apps.payments.states import IntentStatus
from apps.shared.db import joins_transaction


@joins_transaction
def open_intent(
    *, order_id: UUID, provider: str, amount: int, currency: str, now: datetime
) -> PaymentIntent:
    """Record the wish to collect `amount` for an order; the provider is not asked yet (PAY-005).

    One that is under way already is returned as it is (PAY-001). The caller holds the order's lock
    and takes the amount from the order's snapshot (PAY-002). One that has taken the money settles
    its order a moment later, in another transaction: until then, too, there is no second one.

    Raises NothingToPay, PaymentAlreadyProcessed (PAY-003).
    """
    if amount <= 0:
        raise NothingToPay(amount=amount)
    if existing := selectors.standing_intent(order_id=order_id):
        if existing.status == IntentStatus.SUCCEEDED:
            raise PaymentAlreadyProcessed
        return existing
    return PaymentIntent.objects.create(
        order_id=order_id,
        provider=provider,
        amount=amount,
        currency=currency,
        created_at=now,
        updated_at=now,
    )
