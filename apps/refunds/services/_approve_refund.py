from datetime import datetime
from uuid import UUID

from apps.orders import selectors as orders
from apps.refunds import selectors
from apps.refunds.errors import SecondPersonRequired
from apps.refunds.goods import refuse_impossible_restock
from apps.refunds.models import Refund
from apps.refunds.services._accept_refund import accept_refund
from apps.refunds.states import RefundStatus
from apps.shared import context
from apps.shared.audit.record import Target, record
from apps.shared.db import owns_transaction


@owns_transaction
def approve_refund(*, refund_id: UUID, now: datetime, why: str = "") -> Refund:
    """A second person says yes (REF-005), while what the refund says of its goods still holds.

    Raises RefundNotFound, SecondPersonRequired, InvalidTransition, RestockImpossible.
    """
    order = orders.order_for_update(order_id=selectors.order_of_refund(refund_id=refund_id))
    refund = selectors.refund_for_update(refund_id=refund_id)
    actor = context.actor.get()
    if actor == refund.requested_by:
        raise SecondPersonRequired(requested_by=refund.requested_by)
    refuse_impossible_restock(
        order=order, lines=selectors.wanted_lines(refund=refund), besides=refund.pk
    )
    accept_refund(refund=refund, by=actor, now=now, why=why)
    record(
        action="refunds.refund_approved",
        target=Target("refund", refund.public_id),
        before={"status": RefundStatus.REQUESTED},
        after={"status": refund.status},
        why=why,
        now=now,
    )
    return refund
