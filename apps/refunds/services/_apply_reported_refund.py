from datetime import datetime
from typing import TYPE_CHECKING

from apps.orders import selectors as orders
from apps.refunds import selectors
from apps.refunds.dto import ReportedRefund
from apps.refunds.errors import RefundReferenceDiffers
from apps.refunds.models import Refund
from apps.refunds.services._fail_refund import fail_refund
from apps.refunds.services._flag_refund import flag_refund
from apps.refunds.services._reverse_refund import reverse_refund
from apps.refunds.services._settle_orphan_refund import settle_orphan_refund
from apps.refunds.services._settle_refund import settle_refund
from apps.refunds.services._take_in_refund import take_in_refund
from apps.refunds.states import RefundFlag, RefundStatus
from apps.shared import context
from apps.shared.db import owns_transaction

if TYPE_CHECKING:
    from apps.orders.models import Order


@owns_transaction
def apply_reported_refund(*, reported: ReportedRefund, now: datetime) -> str:
    """Take what the provider says of a refund; returns what came of it, in one word.

    Our own answer and webhooks come here alike, twice, late and in any order (PAY-007). A refund
    that nobody here asked for was made at the provider's dashboard and is taken in (REF-006). One
    that failed never succeeds later; one that succeeded may be reversed (R4).

    Raises RefundReferenceDiffers, RefundExceedsTotal, InvalidTransition; PaymentNotSettled when the
    word of the refund comes before that of its payment was worked on: to be told again.
    """
    order = orders.order_for_update(order_id=reported.order_id)
    refund = selectors.reported_refund_for_update(reported=reported)
    if refund is None:
        refund = take_in_refund(order=order, reported=reported, now=now)
    _note_reference(refund, reported, now)
    if refund.status == RefundStatus.APPROVED:
        # Sent by a process whose note of it is lost, as after a restore from backup.
        refund.move_to(RefundStatus.PROCESSING, actor=context.actor.get(), now=now)
    if reported.state == "failed":
        return _fail(order, refund, reported, now)
    if reported.state != "succeeded":
        return "noted"
    if (reported.amount, reported.currency) != (refund.amount, refund.currency):
        flag_refund(refund=refund, flag=RefundFlag.AMOUNT_MISMATCH, why="", now=now)
        return "amount_mismatch"
    if refund.status in (RefundStatus.SUCCEEDED, RefundStatus.FAILED):
        return "late"
    if refund.is_orphan:
        settle_orphan_refund(refund=refund, now=now)
    else:
        settle_refund(order=order, refund=refund, now=now)
    return "succeeded"


def _note_reference(refund: Refund, reported: ReportedRefund, now: datetime) -> None:
    if refund.provider_reference is None:
        refund.provider_reference = reported.provider_reference
        refund.updated_at = now
        refund.save(update_fields=["provider_reference", "updated_at"])
    elif refund.provider_reference != reported.provider_reference:
        raise RefundReferenceDiffers(
            known=refund.provider_reference, reported=reported.provider_reference
        )


def _fail(order: "Order", refund: Refund, reported: ReportedRefund, now: datetime) -> str:
    if refund.is_kept:
        reverse_refund(order=order, refund=refund, failure_code=reported.failure_code, now=now)
        return "reversed"
    if refund.status in (RefundStatus.SUCCEEDED, RefundStatus.FAILED):
        return "late"
    fail_refund(refund=refund, failure_code=reported.failure_code, why="", now=now)
    return "failed"
