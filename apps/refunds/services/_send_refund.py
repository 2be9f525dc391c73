from datetime import datetime
from uuid import UUID

from apps.payments import services as payments
from apps.payments.errors import PaymentDeclined, ProviderRefused
from apps.payments.gateways.base import ProviderRefund
from apps.refunds import selectors
from apps.refunds.dto import ReportedRefund
from apps.refunds.services._apply_reported_refund import apply_reported_refund
from apps.refunds.services._begin_refund import begin_refund
from apps.refunds.services._record_refusal import record_refusal
from apps.shared.db import outside_transaction


@outside_transaction
def send_refund(*, refund_id: UUID, now: datetime) -> str:
    """Give the money of an approved refund back; returns what came of it, in one word.

    Three steps with nothing locked in between: the wish, the provider's call, its answer
    (PAY-005). Killed between any two it may simply run again: the provider is asked under the same
    key, and finds the refund that the first call made (PAY-004).

    Raises RefundNotFound, NoPaymentProvider, and ProviderUnavailable: what became of it is not
    known, the refund stays in processing and is sent again.
    """
    wish = begin_refund(refund_id=refund_id, now=now)
    if wish is None:
        return "nothing_to_send"
    try:
        answer = payments.request_provider_refund(
            payment_id=wish.payment_id,
            refund_id=refund_id,
            amount=wish.amount,
            currency=wish.currency,
            key=wish.key,
            is_repeated=wish.is_repeated,
        )
    except (ProviderRefused, PaymentDeclined) as refusal:
        return record_refusal(refund_id=refund_id, why=str(refusal), now=now)
    reported = _reported(refund_id, wish.payment_id, answer)
    return apply_reported_refund(reported=reported, now=now)


def _reported(refund_id: UUID, payment_id: UUID, answer: ProviderRefund) -> ReportedRefund:
    return ReportedRefund(
        payment_id=payment_id,
        order_id=selectors.order_of_refund(refund_id=refund_id),
        provider_reference=answer.reference,
        state=answer.state.value,
        amount=answer.amount,
        currency=answer.currency,
        failure_code=answer.failure_code,
        refund_id=refund_id,
    )
