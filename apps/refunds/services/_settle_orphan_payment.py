import logging
from datetime import datetime
from uuid import UUID

from apps.payments import selectors as payment_selectors
from apps.payments import services as payments
from apps.payments.gateways.base import ProviderRefundState, ProviderState
from apps.refunds import selectors
from apps.refunds.services._open_orphan_refund import open_orphan_refund
from apps.refunds.services._resolve_orphan import resolve_orphan
from apps.refunds.services._sync_refunds import sync_refunds
from apps.shared.db import outside_transaction
from apps.shared.ids import public_id

logger = logging.getLogger(__name__)


@outside_transaction
def settle_orphan_payment(*, payment_id: UUID, now: datetime) -> str:
    """Find out what a flagged payment really took, and give it back if no order can take it.

    The provider is asked first: when it has taken just what the order wants after all (a forged or
    early word had flagged it), that is taken as any success is, and the order is paid. Else what it
    holds, less what was given back already, is refunded: once per payment, however often and by
    however many this is called (PAY-008, docs/adr/0017-money-without-an-order.md).

    Returns what came of it, in one word.

    Raises PaymentNotFound, NoPaymentProvider, ProviderUnavailable, ProviderRefused.
    """
    if selectors.is_orphan_given_back(payment_id=payment_id):
        return "refund_under_way"
    fact = payments.fetch_provider_intent(intent_id=payment_id)
    payments.take_provider_intent(intent_id=payment_id, fact=fact, now=now)
    intent = payment_selectors.intent_by_id(intent_id=payment_id)
    if not intent.flag:
        return "taken"
    if fact.state is not ProviderState.SUCCEEDED:
        logger.error("payment.orphan_unclear", extra={"payment": public_id("pay", payment_id)})
        return "nothing_captured"
    known = payments.fetch_provider_refunds(payment_id=payment_id)
    gone = sum(one.amount for one in known if one.state is not ProviderRefundState.FAILED)
    if known:
        sync_refunds(payment_id=payment_id, order_id=intent.order_id, now=now)
    left = fact.amount_received - gone
    if left <= 0:
        resolve_orphan(payment_id=payment_id, amount=gone, currency=fact.currency, now=now)
        return "given_back_elsewhere"
    refund = open_orphan_refund(payment_id=payment_id, amount=left, currency=fact.currency, now=now)
    return "refund_opened" if refund else "given_up"
