from uuid import UUID

from apps.payments.models import PaymentIntent
from apps.shared.db import owns_transaction


@owns_transaction
def keep_capture_by_hand(*, intent_id: UUID) -> None:
    """The shop takes this payment's money itself, whatever it sets for later ones."""
    PaymentIntent.objects.filter(pk=intent_id).update(is_captured_by_hand=True)
