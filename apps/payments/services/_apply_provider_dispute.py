import logging
from datetime import datetime

from django.db import transaction

from apps.payments import selectors
from apps.payments.events import PaymentDisputed
from apps.payments.gateways.base import ProviderDispute
from apps.payments.models import PaymentDispute, PaymentIntent
from apps.payments.states import DisputeStatus
from apps.shared import metrics
from apps.shared.db import joins_transaction
from apps.shared.outbox.emit import emit

logger = logging.getLogger(__name__)
_ENDED = (DisputeStatus.WON, DisputeStatus.LOST)


@joins_transaction
def apply_provider_dispute(*, intent: PaymentIntent, fact: ProviderDispute, now: datetime) -> str:
    """Take a verified word about a dispute of a locked intent; returns what came of it.

    Words may come twice, late and in any order: the one that was said last holds, and of two said
    in one second the one that ends it (PAY-007).
    """
    status = DisputeStatus(fact.state.value)
    known = selectors.dispute_for_update(provider=intent.provider, reference=fact.reference)
    if known is None:
        _open(intent, fact, status, now)
    elif (
        known.status == status
        or fact.at < known.told_at
        or (fact.at == known.told_at and known.status in _ENDED)
    ):
        return "late"
    else:
        known.move_to(status, told_at=fact.at)
    _tell(intent, fact, status, now)
    return f"dispute_{status}"


def _open(
    intent: PaymentIntent, fact: ProviderDispute, status: DisputeStatus, now: datetime
) -> None:
    opened = PaymentDispute.objects.create(
        payment=intent,
        provider=intent.provider,
        reference=fact.reference,
        amount=fact.amount,
        currency=fact.currency,
        reason=fact.reason[:100],
        evidence_due_at=fact.evidence_due_at,
        told_at=fact.at,
        created_at=now,
    )
    if status != DisputeStatus.OPEN:
        opened.move_to(status, told_at=fact.at)
    transaction.on_commit(metrics.PAYMENTS_DISPUTED.inc)


def _tell(
    intent: PaymentIntent, fact: ProviderDispute, status: DisputeStatus, now: datetime
) -> None:
    disputed = PaymentDisputed(
        payment_id=str(intent.pk),
        order_id=str(intent.order_id),
        reference=fact.reference,
        status=str(status),
        amount=fact.amount,
        currency=fact.currency,
        reason=fact.reason[:100],
        evidence_due_at=fact.evidence_due_at.isoformat() if fact.evidence_due_at else "",
    )
    emit(disputed, now=now)
    logger.warning("payment.disputed", extra={"payment": intent.public_id, "status": str(status)})
