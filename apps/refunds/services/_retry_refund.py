from datetime import datetime
from uuid import UUID

from apps.orders import selectors as orders
from apps.refunds import selectors
from apps.refunds.dto import Wanted, WantedLine
from apps.refunds.models import Refund
from apps.refunds.services._open_refund import open_refund
from apps.refunds.services._write_orphan_refund import write_orphan_refund
from apps.refunds.states import RefundReason, RefundStatus, Restock
from apps.shared.db import owns_transaction
from apps.shared.states import InvalidTransition


@owns_transaction
def retry_refund(*, refund_id: UUID, now: datetime, why: str = "") -> Refund:
    """Try a refund that failed, or that the provider reversed, again: a new one that names it.

    It is priced anew: what else was refunded meanwhile counts. `why` becomes its note; without one
    it keeps the first one's. What the reversed one did to the
    stock stays done, its retry moves none (STOCK-005).

    Raises RefundNotFound, InvalidTransition (it did not fail, or is being retried), NotRefundable,
    RefundExceedsCaptured, RefundQuantityInvalid.
    """
    order = orders.order_for_update(order_id=selectors.order_of_refund(refund_id=refund_id))
    failed = selectors.refund_for_update(refund_id=refund_id)
    if not (failed.status == RefundStatus.FAILED or failed.reversed_at):
        raise InvalidTransition("Only a refund that failed can be tried again.")
    if selectors.is_retried(refund_id=refund_id):
        raise InvalidTransition("This refund is being tried again already.")
    if failed.is_orphan:
        return _give_orphan_back(failed, why, now)
    return open_refund(
        order=order,
        wanted=_same_as(failed, why),
        now=now,
        cancels_order=failed.cancels_order and not failed.reversed_at,
        retry_of=failed,
    )


def _give_orphan_back(failed: Refund, why: str, now: datetime) -> Refund:
    again = write_orphan_refund(
        payment_id=failed.payment_id,
        amount=failed.amount,
        currency=failed.currency,
        retry_of=failed,
        why=why,
        now=now,
    )
    if again is None:
        raise InvalidTransition("This money was given back already, or is about to be.")
    return again


def _same_as(failed: Refund, why: str) -> Wanted:
    lines = tuple(
        WantedLine(
            order_line_id=line.order_line_id,
            quantity=line.quantity,
            restock=Restock.NONE if failed.reversed_at else Restock(line.restock),
        )
        for line in failed.lines.all()
    )
    return Wanted(
        lines=lines,
        shipping_amount=failed.shipping_amount,
        other_amount=failed.other_amount,
        reason=RefundReason(failed.reason),
        note=why or failed.note,
    )
