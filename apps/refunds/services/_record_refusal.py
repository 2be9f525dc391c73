from datetime import datetime
from uuid import UUID

from apps.orders import selectors as orders
from apps.refunds import selectors
from apps.refunds.services._fail_refund import fail_refund
from apps.refunds.states import RefundStatus
from apps.shared.db import owns_transaction


@owns_transaction
def record_refusal(*, refund_id: UUID, why: str, now: datetime) -> str:
    """The provider did not accept a refund; returns what came of it, in one word.

    Raises RefundNotFound.
    """
    orders.order_for_update(order_id=selectors.order_of_refund(refund_id=refund_id))
    refund = selectors.refund_for_update(refund_id=refund_id)
    if refund.status != RefundStatus.PROCESSING:
        return "late"
    fail_refund(refund=refund, failure_code="provider_refused", why=why, now=now)
    return "failed"
