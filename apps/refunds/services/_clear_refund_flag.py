from datetime import datetime
from uuid import UUID

from apps.orders import selectors as orders
from apps.refunds import selectors
from apps.refunds.errors import FlagNotClearable
from apps.refunds.models import Refund
from apps.refunds.states import RefundFlag
from apps.shared import context
from apps.shared.audit.record import Target, record
from apps.shared.db import owns_transaction


@owns_transaction
def clear_refund_flag(*, refund_id: UUID, why: str, now: datetime) -> Refund:
    """A person has looked at a refund that the provider took back, and it is dealt with.

    Money and books stay as they are, and it can still be tried again. Goods that did not move are
    settled by `decide_goods`; the other flags go with the refund's outcome.

    Raises RefundNotFound, FlagNotClearable.
    """
    orders.order_for_update(order_id=selectors.order_of_refund(refund_id=refund_id))
    refund = selectors.refund_for_update(refund_id=refund_id)
    if refund.flag == RefundFlag.STOCK_NOT_MOVED:
        raise FlagNotClearable("Say what became of its goods: that settles it.", flag=refund.flag)
    if refund.flag != RefundFlag.REVERSED:
        raise FlagNotClearable(flag=refund.flag)
    before, refund.flag = refund.flag, RefundFlag.NONE
    refund.save(update_fields=["flag"])
    refund.events.create(
        step=f"cleared:{before}"[:30], actor=context.actor.get(), why=why[:500], at=now
    )
    record(
        action="refunds.flag_cleared",
        target=Target("refund", refund.public_id),
        before={"flag": before},
        after={"flag": ""},
        why=why,
        now=now,
    )
    return refund
