"""Disputes."""

from uuid import UUID

from django.db.models import Sum

from apps.payments.models import PaymentDispute
from apps.payments.states import DisputeStatus
from apps.shared.fast_rows import Lookup

_LOST = Lookup(PaymentDispute, "payment_id = %s AND status = 'lost'")
_UNFINISHED = (DisputeStatus.OPEN, DisputeStatus.REVIEW)


def dispute_for_update(*, provider: str, reference: str) -> PaymentDispute | None:
    """The dispute that has this reference at the provider, locked."""
    found = PaymentDispute.objects.select_for_update()
    return found.filter(provider=provider, reference=reference).first()


def disputes_of_order_for_update(*, order_id: UUID) -> list[PaymentDispute]:
    """All disputes of an order's payments, locked, the oldest first."""
    found = PaymentDispute.objects.select_for_update(of=("self",))
    return list(found.filter(payment__order_id=order_id).order_by("id"))


def lost_disputes(*, payment_id: UUID) -> list[PaymentDispute]:
    """Those of a payment. One statement, of every payment that succeeds."""
    return _LOST.all(payment_id)


def unfinished_disputes(*, provider: str) -> list[str]:
    """The references of those that wait for the shop, or for a verdict."""
    found = PaymentDispute.objects.filter(provider=provider, status__in=_UNFINISHED)
    return list(found.order_by("id").values_list("reference", flat=True))


def taken_back(*, payment_id: UUID) -> int:
    """What the provider has taken back of a payment for lost disputes, in minor units."""
    found = PaymentDispute.objects.filter(payment_id=payment_id)
    return found.aggregate(total=Sum("booked_amount"))["total"] or 0
