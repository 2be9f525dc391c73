"""Disputes."""

from apps.payments.models import PaymentDispute


def dispute_for_update(*, provider: str, reference: str) -> PaymentDispute | None:
    """The dispute that has this reference at the provider, locked."""
    found = PaymentDispute.objects.select_for_update()
    return found.filter(provider=provider, reference=reference).first()
