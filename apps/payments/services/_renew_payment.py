from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from apps.payments import selectors
from apps.payments.errors import NothingToPay, PaymentAlreadyProcessed
from apps.payments.events import PaymentCancelled
from apps.payments.models import PaymentIntent
from apps.payments.services._choose_provider import choose_provider
from apps.payments.states import IntentStatus
from apps.shared.db import joins_transaction
from apps.shared.outbox.emit import emit


@joins_transaction
def renew_payment(
    *,
    order_id: UUID,
    amount: int,
    currency: str,
    wanted: str = "",
    return_url: str = "",
    failed: Collection[str] = (),
    now: datetime,
) -> PaymentIntent:
    """The order's payment that is under way; a new one when there is none (PAY-001).

    One that the provider has not confirmed to us is replaced when the shopper wants another
    provider, or its own is passed over or has `failed` just now: nobody holds what opens it. One
    that the provider knows is returned as it is, whatever is wanted: it must be given up there
    first. The caller holds the order's lock and takes the amount from the order's snapshot
    (PAY-002).

    Raises NothingToPay, PaymentAlreadyProcessed (PAY-003), ProviderNotOffered, NoPaymentProvider.
    """
    if amount <= 0:
        raise NothingToPay(amount=amount)
    standing = selectors.standing_intent(order_id=order_id)
    if standing is not None and standing.status == IntentStatus.SUCCEEDED:
        raise PaymentAlreadyProcessed
    if standing is not None and standing.provider_reference:
        return standing
    present = standing.provider if standing is not None else ""
    provider = choose_provider(
        currency=currency, wanted=wanted, present=present, failed=failed, now=now
    )
    if standing is not None and provider == present:
        return _returning_to(standing, return_url, now)
    if standing is not None:
        standing.move_to(IntentStatus.CANCELLED, now=now, failure_code="another_provider")
        emit(PaymentCancelled(payment_id=str(standing.pk), order_id=str(order_id)), now=now)
    return PaymentIntent.objects.create(
        order_id=order_id,
        provider=provider,
        amount=amount,
        currency=currency,
        return_url=return_url,
        created_at=now,
        updated_at=now,
    )


def _returning_to(intent: PaymentIntent, return_url: str, now: datetime) -> PaymentIntent:
    # Asked again under the same key, it must be asked for the same: the first address stays.
    if return_url and not intent.return_url:
        intent.return_url = return_url
        intent.updated_at = now
        intent.save(update_fields=["return_url", "updated_at"])
    return intent
