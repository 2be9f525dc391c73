from datetime import datetime

from django.db import transaction

from apps.payments import selectors
from apps.payments.gateways.base import ProviderDispute
from apps.payments.models import PaymentDispute, PaymentIntent
from apps.payments.services._tell_of_dispute import tell_of_dispute
from apps.payments.states import DISPUTE_RANK, DisputeStatus
from apps.shared import metrics
from apps.shared.db import joins_transaction


@joins_transaction
def apply_provider_dispute(*, intent: PaymentIntent, fact: ProviderDispute, now: datetime) -> str:
    """Take a verified word about a dispute of a locked intent; returns what came of it.

    Words may come twice, late and in any order: the one that was said last holds, and of two said
    in one second the one that is further on (PAY-007).
    """
    status, at = DisputeStatus(fact.state.value), fact.at or now
    known = selectors.dispute_for_update(provider=intent.provider, reference=fact.reference)
    if known is None:
        known = _opened(intent, fact, status, at, now)
    elif not _is_later(at, status, known):
        return "late"
    else:
        _note(known, fact, at)
        if known.status == status:
            return "noted"
        known.move_to(status, told_at=at)
    tell_of_dispute(intent=intent, dispute=known, now=now)
    return f"dispute_{status}"


def _is_later(at: datetime, status: DisputeStatus, known: PaymentDispute) -> bool:
    before = known.told_at, DISPUTE_RANK[DisputeStatus(known.status)]
    return (at, DISPUTE_RANK[status]) > before


def _opened(
    intent: PaymentIntent,
    fact: ProviderDispute,
    status: DisputeStatus,
    at: datetime,
    now: datetime,
) -> PaymentDispute:
    opened = PaymentDispute.objects.create(
        payment=intent,
        provider=intent.provider,
        reference=fact.reference,
        amount=fact.amount,
        currency=fact.currency,
        reason=fact.reason[:100],
        evidence_due_at=fact.evidence_due_at,
        deducted_amount=fact.deducted,
        fee_amount=fact.fee,
        fee_currency=fact.fee_currency,
        told_at=at,
        created_at=now,
    )
    if status != DisputeStatus.OPEN:
        opened.move_to(status, told_at=at)
    transaction.on_commit(metrics.PAYMENTS_DISPUTED.inc)
    return opened


def _note(known: PaymentDispute, fact: ProviderDispute, at: datetime) -> None:
    """What else it says; what is on the books under another figure stays there."""
    known.told_at = at
    known.amount = fact.amount
    known.evidence_due_at = fact.evidence_due_at
    known.deducted_amount = fact.deducted
    if fact.fee:
        known.fee_amount, known.fee_currency = fact.fee, fact.fee_currency
    fields = ["told_at", "amount", "evidence_due_at", "deducted_amount"]
    known.save(update_fields=[*fields, "fee_amount", "fee_currency"])
