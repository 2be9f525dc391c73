from datetime import datetime
from uuid import UUID

from apps.payments import selectors
from apps.payments.errors import NotAuthorized
from apps.payments.services._capture_payment import capture_payment
from apps.payments.states import CaptureStatus
from apps.shared.db import outside_transaction


@outside_transaction
def carry_out_capture(*, intent_id: UUID, capture_id: int, now: datetime) -> str:
    """Capture what was asked for, once; a request that has ended is left alone.

    `capture_id` 0 is one of before there were requests: all of the money. Returns what came of it,
    in one word.

    Raises PaymentNotFound, NoPaymentProvider, ProviderUnavailable.
    """
    asked = selectors.capture_by_id(capture_id=capture_id) if capture_id else None
    if asked is not None and asked.status != CaptureStatus.REQUESTED:
        return f"capture_{asked.status}"
    try:
        return capture_payment(intent_id=intent_id, now=now)
    except NotAuthorized:
        return "not_authorized"  # voided meanwhile, which ended the request
