from dataclasses import replace
from datetime import datetime
from uuid import UUID

from apps.checkout.dto import Diagnosis
from apps.checkout.services._diagnose_payment import diagnose_payment
from apps.checkout.services._settle_payment import settle_payment
from apps.finance import selectors as books
from apps.orders import selectors as orders
from apps.orders.errors import OrderNotFound
from apps.payments import selectors as payments
from apps.payments import services as payment_services
from apps.payments.gateways.base import ProviderState
from apps.shared.db import outside_transaction
from apps.shared.mending import Difference, NotMendable, mend_in_one


@outside_transaction
def mend_payment(*, payment_id: UUID, now: datetime) -> Difference | None:
    """Ask the provider how a payment stands, and bring payment and order in line with it.

    What it says is taken by the service that takes its webhooks (ORDER-005, PAY-007). A payment
    whose order needs no money is given up there first; if it was paid meanwhile, that is taken
    (PAY-008). Returns what changed: None when a webhook, or another operator, was faster.

    Raises NotMendable, PaymentNotFound, NoPaymentProvider, ProviderUnavailable, ProviderRefused.
    """
    diagnosis = diagnose_payment(payment_id=payment_id)
    if diagnosis is None:
        return None
    if diagnosis.gives_up:
        answer = payment_services.request_cancellation(intent_id=payment_id)
        ended = (ProviderState.SUCCEEDED, ProviderState.CANCELLED)
        if answer is not None and answer.state not in ended:
            raise NotMendable("the provider goes on with it (a bank debit?): its webhook will tell")
        diagnosis = replace(diagnosis, fact=answer)
    return mend_in_one(lambda: _take(payment_id, diagnosis, now), repair="payments", now=now)


def _take(payment_id: UUID, diagnosis: Diagnosis, now: datetime) -> Difference | None:
    before = _locked(payment_id)
    if diagnosis.settles:
        if books.is_payment_booked(payment_intent_id=payment_id):
            return None
        intent = payments.intent_by_id(intent_id=payment_id)
        settle_payment(
            order_id=intent.order_id,
            payment_id=payment_id,
            amount=intent.amount_captured,
            currency=intent.currency,
            released_amount=intent.amount_released,
            now=now,
        )
    elif diagnosis.gives_up:
        payment_services.close_intent(intent_id=payment_id, answer=diagnosis.fact, now=now)
    elif diagnosis.fact is not None:
        payment_services.take_provider_intent(intent_id=payment_id, fact=diagnosis.fact, now=now)
    after = _locked(payment_id)
    if after == before:
        return None
    return replace(diagnosis.difference, before=before, after=after)


def _locked(payment_id: UUID) -> dict[str, str]:
    """Payment and order as they are, locked in the order in which everybody locks them."""
    try:
        order_id = payments.order_of_intent(intent_id=payment_id)
        status = str(orders.order_for_update(order_id=order_id).status)
    except OrderNotFound:
        status = "none"
    intent = payments.intent_for_update(intent_id=payment_id)
    return {"status": intent.status, "flag": intent.flag, "order": status}
