from uuid import UUID

from apps.payments.models import PaymentDispute
from apps.shared.db import joins_transaction


@joins_transaction
def note_dispute_booking(
    *, dispute: PaymentDispute, booking_id: UUID | None, amount: int = 0
) -> None:
    """Keep under which id, and with how much, a locked dispute's lost money is on the books; None:
    it is not any more."""
    dispute.booking_id, dispute.booked_amount = booking_id, amount
    dispute.save(update_fields=["booking_id", "booked_amount"])
