import logging
from datetime import datetime

from apps.refunds.models import Refund
from apps.refunds.states import RefundFlag
from apps.shared import context
from apps.shared.db import joins_transaction

logger = logging.getLogger(__name__)


@joins_transaction
def flag_refund(*, refund: Refund, flag: RefundFlag, why: str, now: datetime) -> None:
    """Mark a locked refund for a person to look at; once per flag."""
    if refund.flag == flag:
        return
    refund.flag = flag
    refund.updated_at = now
    refund.save(update_fields=["flag", "updated_at"])
    refund.events.create(
        step=f"flagged:{flag}"[:30], actor=context.actor.get(), why=why[:500], at=now
    )
    logger.error("refund.flagged", extra={"refund": refund.public_id, "flag": str(flag)})
