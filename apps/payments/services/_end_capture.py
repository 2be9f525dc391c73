import logging
from datetime import datetime

from apps.payments import selectors
from apps.payments.models import PaymentIntent
from apps.payments.states import CaptureStatus
from apps.shared.db import joins_transaction

logger = logging.getLogger(__name__)


@joins_transaction
def end_capture(*, intent: PaymentIntent, failure_code: str = "", now: datetime) -> None:
    """What came of the capture that was asked for of a locked intent, if one was.

    Without `failure_code` the intent has succeeded: the request with it, when it was for what was
    captured; else somebody else was faster, at the provider.
    """
    capture = selectors.open_capture(payment_id=intent.pk)
    if capture is None:
        return
    why = failure_code or ("" if capture.amount == intent.amount_captured else "captured_elsewhere")
    target = CaptureStatus.FAILED if why else CaptureStatus.SUCCEEDED
    capture.move_to(target, now=now, failure_code=why)
    if why:
        logger.error("payment.capture_failed", extra={"payment": intent.public_id, "reason": why})
