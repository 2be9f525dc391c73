import logging
from datetime import datetime

from apps.checkout.services._sync_payment import sync_payment
from apps.payments import services as payments
from apps.shared.db import outside_transaction
from apps.shared.errors import DomainError, Unavailable
from apps.shared.ids import public_id

logger = logging.getLogger(__name__)


@outside_transaction
def sync_overdue_payments(*, now: datetime, most: int) -> int:
    """Ask for the shop's payments that have been under way for too long, at most `most` (P7).

    A payment that cannot be asked for does not stop the others. Returns how many were asked for.

    Raises ProviderUnavailable: the rest would only wait for the same silence.
    """
    for asked in range(most):
        payment_id = payments.claim_payment_to_sync(now=now)
        if payment_id is None:
            return asked
        payment = public_id("pay", payment_id)
        try:
            outcome = sync_payment(payment_id=payment_id, now=now)
        except Unavailable:
            raise
        except DomainError as error:
            logger.error("payment.sync_failed", extra={"payment": payment, "reason": error.code})
        except Exception:  # one that nobody foresaw must not be the others' either
            logger.exception("payment.sync_failed", extra={"payment": payment})
        else:
            logger.info("payment.synced", extra={"payment": payment, "outcome": outcome})
    return most
