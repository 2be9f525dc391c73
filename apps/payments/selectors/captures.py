"""Captures that somebody asked for."""

from uuid import UUID

from apps.payments.models import PaymentCapture
from apps.payments.states import CaptureStatus


def open_capture(*, payment_id: UUID) -> PaymentCapture | None:
    """The one whose outcome is not known yet, if any."""
    found = PaymentCapture.objects.filter(payment_id=payment_id, status=CaptureStatus.REQUESTED)
    return found.first()


def capture_by_id(*, capture_id: int) -> PaymentCapture | None:
    """None when there is no such request."""
    return PaymentCapture.objects.filter(pk=capture_id).first()
