from datetime import datetime
from uuid import UUID

from apps.payments import services as payments
from apps.shared.db import owns_transaction


@owns_transaction
def resolve_orphan(*, payment_id: UUID, amount: int, currency: str, now: datetime) -> None:
    """A flagged payment's money was given back at the provider's dashboard, all of it.

    Raises PaymentNotFound.
    """
    payments.close_flagged_payment(intent_id=payment_id, now=now)
    payments.resolve_payment(
        intent_id=payment_id, refunded_amount=amount, currency=currency, refund="", now=now
    )
