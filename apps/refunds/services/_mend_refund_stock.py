from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.inventory import selectors as stock
from apps.orders import selectors as orders
from apps.orders import services as order_services
from apps.refunds import selectors
from apps.refunds.errors import RestockImpossible
from apps.refunds.goods import refuse_impossible_restock
from apps.refunds.models import Refund
from apps.refunds.services._restock_refund import restock_refund
from apps.refunds.states import BOOKED, RefundFlag
from apps.shared import context
from apps.shared.audit.record import Target
from apps.shared.db import owns_transaction
from apps.shared.ids import public_id
from apps.shared.mending import Difference, NotMendable, record_mend


@owns_transaction
def mend_refund_stock(
    *, refund_id: UUID, now: datetime, dry_run: bool = False
) -> Difference | None:
    """Do what a refund that succeeded has not done with its goods (REF-004, STOCK-005), once.

    With `dry_run` all is done and then rolled back. None: there is nothing to do, or it is done.

    Raises RefundNotFound; NotMendable when the goods still do not fit (shipped, back already).
    """
    order = orders.order_for_update(order_id=selectors.order_of_refund(refund_id=refund_id))
    refund = selectors.refund_for_update(refund_id=refund_id)
    if not _lacks_its_stock(refund, now):
        return None
    before = _said(refund)
    # Looked at before anything moves: neither flag nor log tells as new what is known.
    try:
        refuse_impossible_restock(order=order, lines=selectors.wanted_lines(refund=refund))
    except RestockImpossible as problem:
        raise NotMendable(
            f"its goods do not fit its lines ({problem}): say on its page in the admin what became "
            "of them"
        ) from problem
    if refund.flag == RefundFlag.STOCK_NOT_MOVED:
        refund.flag = RefundFlag.NONE
        refund.save(update_fields=["flag"])
    restock_refund(refund=refund, now=now)
    if order.payment_status in BOOKED:
        order_services.finish_shipping(order_id=order.pk, now=now)
    refund.events.create(step="stock_moved", actor=context.actor.get(), why="repair", at=now)
    difference = Difference(
        target=Target("refund", refund.public_id),
        label=f"of {public_id('ord', refund.order_id)}",
        before=before,
        after=_said(refund),
        why="its lines say what becomes of the goods",
    )
    record_mend(repair="refunds", difference=difference, now=now)
    if dry_run:
        transaction.set_rollback(True)
    return difference


def _lacks_its_stock(refund: Refund, now: datetime) -> bool:
    """Flagged, or without any movement in its name; movements are kept two years."""
    if not refund.is_kept or not selectors.restocks(refund=refund):
        return False
    if refund.flag == RefundFlag.STOCK_NOT_MOVED:
        return True
    is_young = refund.updated_at > now - selectors.MOVEMENTS_KEPT
    return is_young and not stock.pieces_moved_for(kind="refund", ids=[refund.public_id])


def _said(refund: Refund) -> dict[str, object]:
    moved = stock.pieces_moved_for(kind="refund", ids=[refund.public_id])
    return {"flag": refund.flag, "pieces_moved": moved.get(refund.public_id, 0)}
