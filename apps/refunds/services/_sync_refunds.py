from datetime import datetime
from uuid import UUID

from apps.payments import services as payments
from apps.refunds.dto import ReportedRefund
from apps.refunds.services._apply_reported_refund import apply_reported_refund
from apps.shared.db import outside_transaction
from apps.shared.ids import parse_public_id
from apps.shared.schema import current_schema


@outside_transaction
def sync_refunds(*, payment_id: UUID, order_id: UUID, now: datetime) -> dict[str, str]:
    """Ask the provider for all refunds of a payment and apply what it says (P7, REF-006).

    For webhooks that say only that something changed, and for those that never come. Returns what
    came of each, by the provider's reference.

    Raises PaymentNotFound, NoPaymentProvider, ProviderUnavailable, ProviderRefused.
    """
    outcomes = {}
    for fact in payments.fetch_provider_refunds(payment_id=payment_id):
        is_ours = fact.metadata.get("tenant") == current_schema()
        reported = ReportedRefund(
            payment_id=payment_id,
            order_id=order_id,
            provider_reference=fact.reference,
            state=fact.state.value,
            amount=fact.amount,
            currency=fact.currency,
            failure_code=fact.failure_code,
            refund_id=parse_public_id("ref", fact.metadata.get("refund", "")) if is_ours else None,
        )
        outcomes[fact.reference] = apply_reported_refund(reported=reported, now=now)
    return outcomes
