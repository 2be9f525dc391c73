import logging
from datetime import datetime

from apps.refunds.services._claim_refund_to_sync import claim_refund_to_sync
from apps.refunds.services._sync_refund import sync_refund
from apps.shared.db import outside_transaction
from apps.shared.errors import DomainError, Unavailable
from apps.shared.ids import public_id

logger = logging.getLogger(__name__)


@outside_transaction
def sync_overdue_refunds(*, now: datetime, most: int) -> int:
    """Take up the shop's refunds that have been on their way for too long, at most `most`.

    One that cannot be asked for does not stop the others. Returns how many were taken up.

    Raises ProviderUnavailable: the rest would only wait for the same silence.
    """
    for taken in range(most):
        refund_id = claim_refund_to_sync(now=now)
        if refund_id is None:
            return taken
        refund = public_id("ref", refund_id)
        try:
            outcome = sync_refund(refund_id=refund_id, now=now)
        except Unavailable:
            raise
        except DomainError as error:
            logger.error("refund.sync_failed", extra={"refund": refund, "reason": error.code})
        except Exception:  # one that nobody foresaw must not be the others' either
            logger.exception("refund.sync_failed", extra={"refund": refund})
        else:
            logger.info("refund.synced", extra={"refund": refund, "outcome": outcome})
    return most
