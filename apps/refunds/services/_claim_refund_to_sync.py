from datetime import datetime
from uuid import UUID

from apps.refunds import selectors
from apps.refunds.services._flag_refund import flag_refund
from apps.refunds.states import RefundFlag
from apps.shared.db import owns_transaction


@owns_transaction
def claim_refund_to_sync(*, now: datetime) -> UUID | None:
    """The refund whose outcome is to be looked for next; None when none is due.

    Noted before anybody asks: two workers at once get different ones. After some hours without an
    outcome it is flagged for a person; after some days nobody asks any more.
    """
    refund = selectors.overdue_refund_for_update(now=now)
    if refund is None:
        return None
    refund.attempts += 1
    refund.asked_at = now
    refund.save(update_fields=["attempts", "asked_at"])
    if refund.attempts >= selectors.STUCK_AFTER_ATTEMPTS and not refund.flag:
        why = f"no outcome after {refund.attempts} attempts"
        flag_refund(refund=refund, flag=RefundFlag.STUCK, why=why, now=now)
    return refund.pk
