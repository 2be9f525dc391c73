from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from apps.checkout.dto import Expiry
from apps.checkout.services._sync_payment import sync_payment
from apps.orders import selectors as orders
from apps.orders import services as order_services
from apps.orders.states import UNPAID
from apps.payments import selectors as payments
from apps.payments import services as payment_services
from apps.payments.errors import ProviderUnavailable
from apps.payments.gateways.base import ProviderState
from apps.payments.states import IntentStatus
from apps.shared.db import outside_transaction
from apps.shared.errors import DomainError

if TYPE_CHECKING:
    from apps.payments.models import PaymentIntent

_COMING = (ProviderState.UNDER_WAY, ProviderState.AUTHORIZED)
# How long until the next look, and for how long after its time an order is kept in all.
# docs/runbooks/reconciliation.md
PATIENCE = {
    # The provider has the money, or goes on with it: a bank debit takes days.
    Expiry.TAKEN: (timedelta(minutes=2), timedelta(days=7)),
    Expiry.UNDER_WAY: (timedelta(minutes=15), timedelta(days=7)),
    # Nobody can say: stock is not held for long on a silence.
    Expiry.UNKNOWN: (timedelta(minutes=2), timedelta(minutes=30)),
}


@outside_transaction
def expire_unpaid_order(*, order_id: UUID, asks: bool = True, now: datetime) -> Expiry:
    """Close an order whose time is up, unless its shopper has paid in the last minutes.

    The provider is asked first, and what nobody has paid is given up there, so that nobody can any
    more. What was paid, agreed to, or is on its way it says instead (ORDER-005, PAY-008). The order
    then waits, a bounded time; so it does when the provider cannot be asked, or is not to be
    (`asks`). One whose payment the provider was never told of expires at once.

    Returns EXPIRED when this closed it, LEFT when it was not due any more, else why it waits.

    Raises OrderNotFound.
    """
    order = orders.order_by_id(order_id=order_id)
    if order.status not in UNPAID or order.expires_at > now:
        return Expiry.LEFT
    waits = _what_it_waits_for(order_id, asks, now)
    if waits is not None:
        pause, at_most = PATIENCE[waits]
        if order_services.postpone_expiry(
            order_id=order_id, pause=pause, at_most=at_most, why=waits.value, now=now
        ):
            return waits
    is_closed = order_services.expire_order(order_id=order_id, now=now)
    return Expiry.EXPIRED if is_closed else Expiry.LEFT


def _what_it_waits_for(order_id: UUID, asks: bool, now: datetime) -> Expiry | None:
    intent = payments.standing_intent(order_id=order_id)
    if intent is None or not intent.provider_reference or intent.flag:
        return _waits(intent, None)
    state = None
    if intent.status == IntentStatus.PROCESSING:
        try:
            if not asks:
                raise ProviderUnavailable
            state = _asked(intent.pk, order_id, now)
        except DomainError:
            return Expiry.UNKNOWN
    return _waits(payments.intent_by_id(intent_id=intent.pk), state)


def _asked(payment_id: UUID, order_id: UUID, now: datetime) -> ProviderState | None:
    """What was agreed to is captured, what nobody has paid is given up."""
    sync_payment(payment_id=payment_id, now=now)
    if payments.intent_by_id(intent_id=payment_id).amount_capturable:
        return ProviderState.AUTHORIZED  # the shop captures it by hand
    return payment_services.cancel_payment_of_order(order_id=order_id, now=now)


def _waits(intent: "PaymentIntent | None", state: ProviderState | None) -> Expiry | None:
    # What is flagged never pays an order; it is given back.
    if intent is None or intent.flag:
        return None
    if intent.status == IntentStatus.SUCCEEDED:
        return Expiry.TAKEN
    is_open = intent.status == IntentStatus.PROCESSING
    return Expiry.UNDER_WAY if is_open and state in _COMING else None
