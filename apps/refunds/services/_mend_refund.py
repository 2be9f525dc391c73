from dataclasses import replace
from datetime import datetime
from uuid import UUID

from apps.orders import selectors as orders
from apps.payments import services as payments
from apps.payments.errors import PaymentDeclined, ProviderRefused
from apps.payments.gateways.base import ProviderRefund
from apps.refunds import selectors
from apps.refunds.dto import ReportedRefund
from apps.refunds.services._apply_reported_refund import apply_reported_refund
from apps.refunds.services._begin_refund import begin_refund
from apps.refunds.services._diagnose_refund import diagnose_refund
from apps.refunds.services._record_refusal import record_refusal
from apps.refunds.states import RefundStatus
from apps.shared.db import outside_transaction
from apps.shared.mending import Difference, mend_in_one


@outside_transaction
def mend_refund(*, refund_id: UUID, now: datetime) -> Difference | None:
    """Find out what became of an approved or sent refund, and bring it in line with that.

    What the provider knows is taken as its webhooks are; what it does not know is sent again under
    the refund's own key (PAY-004). None: a webhook, a worker or another operator was faster.

    Raises NotMendable, RefundNotFound, PaymentNotFound, NoPaymentProvider, ProviderUnavailable,
    ProviderRefused (to our question), RefundExceedsTotal, RefundReferenceDiffers.
    """
    diagnosis = diagnose_refund(refund_id=refund_id)
    if diagnosis is None:
        return None
    fact, refusal = diagnosis.fact, ""
    if fact is None:
        wish = begin_refund(refund_id=refund_id, now=now)
        if wish is None:
            return None
        try:
            fact = payments.request_provider_refund(
                payment_id=wish.payment_id,
                refund_id=refund_id,
                amount=wish.amount,
                currency=wish.currency,
                key=wish.key,
                is_repeated=True,
            )
        except (ProviderRefused, PaymentDeclined) as error:
            refusal = str(error)
    return mend_in_one(
        lambda: _take(refund_id, fact, refusal, diagnosis.difference, now),
        repair="refunds",
        now=now,
    )


def _take(
    refund_id: UUID,
    fact: ProviderRefund | None,
    refusal: str,
    predicted: Difference,
    now: datetime,
) -> Difference | None:
    # What this repair itself sent was written down as sent before: that is part of the change.
    was_sent = predicted.before["at_provider"] == "unknown"
    locked = _locked(refund_id)
    before = {**predicted.before} if was_sent else {**predicted.before, **locked}
    if fact is None:
        record_refusal(refund_id=refund_id, why=refusal, now=now)
    else:
        apply_reported_refund(reported=_reported(refund_id, fact), now=now)
    after = _locked(refund_id)
    if after == locked and not (was_sent and after["status"] == RefundStatus.PROCESSING):
        return None
    at_provider = {"at_provider": fact.state.value if fact else "refused"}
    return replace(predicted, before=before, after={**after, **at_provider})


def _locked(refund_id: UUID) -> dict[str, str]:
    orders.order_for_update(order_id=selectors.order_of_refund(refund_id=refund_id))
    refund = selectors.refund_for_update(refund_id=refund_id)
    return {"status": refund.status, "flag": refund.flag}


def _reported(refund_id: UUID, fact: ProviderRefund) -> ReportedRefund:
    refund = selectors.refund_by_id(refund_id=refund_id)
    return ReportedRefund(
        payment_id=refund.payment_id,
        order_id=refund.order_id,
        provider_reference=fact.reference,
        state=fact.state.value,
        amount=fact.amount,
        currency=fact.currency,
        failure_code=fact.failure_code,
        refund_id=refund_id,
    )
