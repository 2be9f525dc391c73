import logging
from datetime import datetime
from uuid import UUID

from apps.checkout import services as checkout
from apps.payments import services as payments
from apps.reconciliation.dto import Difference
from apps.reconciliation.states import DifferenceKind
from apps.refunds import services as refunds
from apps.shared.db import outside_transaction
from apps.shared.errors import DomainError

logger = logging.getLogger(__name__)
_OF_REFUND = frozenset(
    {
        DifferenceKind.REFUND_UNKNOWN,
        DifferenceKind.REFUND_NOT_TAKEN,
        DifferenceKind.REFUND_FAILED,
        DifferenceKind.REFUND_MISSING,
    }
)


@outside_transaction
def hand_over(*, difference: Difference, now: datetime) -> str:
    """Give a difference to the service that takes the provider's word, where that is safe.

    Safe is what only takes in what the provider says, or gives orphan money back. What would need a
    guess is left to people (docs/runbooks/reconciliation.md). Returns what came of it, in one word;
    empty when nobody may mend it by itself.

    Raises ProviderUnavailable.
    """
    if difference.payment_id is None or difference.order_id is None:
        return ""
    try:
        return _mend(difference, difference.payment_id, difference.order_id, now)
    except DomainError as error:
        if error.retry_after is not None:
            raise
        logger.error(
            "reconciliation.not_mended",
            extra={"kind": str(difference.kind), "reason": error.code},
        )
        return error.code


def _mend(difference: Difference, payment_id: UUID, order_id: UUID, now: datetime) -> str:
    if difference.kind == DifferenceKind.PAYMENT_NOT_TAKEN:
        return checkout.sync_payment(payment_id=payment_id, now=now)
    if difference.kind == DifferenceKind.PAYMENT_UNKNOWN:
        return payments.adopt_provider_payment(
            intent_id=payment_id, reference=difference.reference, now=now
        )
    if difference.kind == DifferenceKind.ORPHAN_OPEN:
        return refunds.settle_orphan_payment(payment_id=payment_id, now=now)
    if difference.kind in _OF_REFUND:
        outcomes = refunds.sync_refunds(payment_id=payment_id, order_id=order_id, now=now)
        return outcomes.get(difference.reference, "unknown_at_provider")
    return ""
