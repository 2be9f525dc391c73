import logging
from datetime import datetime

from apps.payments import services as payments
from apps.refunds.services._settle_orphan_payment import settle_orphan_payment
from apps.shared.db import outside_transaction
from apps.shared.errors import DomainError, Unavailable
from apps.shared.ids import public_id

logger = logging.getLogger(__name__)


@outside_transaction
def settle_orphan_payments(*, now: datetime, most: int) -> int:
    """Look into the shop's flagged payments, at most `most` (PAY-008). Returns how many.

    One that cannot be settled does not stop the others.

    Raises ProviderUnavailable: the rest would only wait for the same silence.
    """
    for looked in range(most):
        payment_id = payments.claim_flagged_payment(now=now)
        if payment_id is None:
            return looked
        payment = public_id("pay", payment_id)
        try:
            outcome = settle_orphan_payment(payment_id=payment_id, now=now)
        except Unavailable:
            raise
        except DomainError as error:
            logger.error("payment.orphan_failed", extra={"payment": payment, "reason": error.code})
        except Exception:  # one that nobody foresaw must not be the others' either
            logger.exception("payment.orphan_failed", extra={"payment": payment})
        else:
            logger.info("payment.orphan_swept", extra={"payment": payment, "outcome": outcome})
    return most
