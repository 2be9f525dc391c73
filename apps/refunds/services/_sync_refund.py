from datetime import datetime
from uuid import UUID

from apps.refunds import selectors
from apps.refunds.services._send_refund import send_refund
from apps.refunds.services._sync_refunds import sync_refunds
from apps.refunds.states import RefundSource
from apps.shared.db import outside_transaction


@outside_transaction
def sync_refund(*, refund_id: UUID, now: datetime) -> str:
    """Find out what became of a refund: approved and never sent, or sent and never answered.

    May be called for any refund, at any time, by any number of callers. One that the provider does
    not know of yet is sent under its own key (PAY-004); of any other it is asked (P7).

    Returns what came of it, in one word.

    Raises RefundNotFound, PaymentNotFound, NoPaymentProvider, ProviderUnavailable, ProviderRefused.
    """
    refund = selectors.refund_by_id(refund_id=refund_id)
    if refund.source == RefundSource.SHOP and not refund.provider_reference:
        return send_refund(refund_id=refund_id, now=now)
    outcomes = sync_refunds(payment_id=refund.payment_id, order_id=refund.order_id, now=now)
    return outcomes.get(refund.provider_reference or "", "unknown_at_provider")
