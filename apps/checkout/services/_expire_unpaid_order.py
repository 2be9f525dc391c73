from datetime import datetime, timedelta
from uuid import UUID

from apps.checkout.dto import Expiry
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

    The payment is given up at the provider first: what it gives up nobody can pay any more, and
    what was paid, or is on its way, it says instead (ORDER-005, PAY-008). The order then waits, a
    bounded time; so it does when the provider cannot be asked, or is not to be (`asks`). One whose
    payment the provider was never told of expires at once.

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
    # What is flagged never pays an order; it is given back.
    if intent is None or intent.flag or not intent.provider_reference:
        return None
    if intent.status == IntentStatus.SUCCEEDED:
        return Expiry.TAKEN
    try:
        if not asks:
            raise ProviderUnavailable
        state = payment_services.cancel_payment_of_order(order_id=order_id, now=now)
    except DomainError:
        return Expiry.UNKNOWN
    intent = payments.intent_by_id(intent_id=intent.pk)
    if intent.status == IntentStatus.SUCCEEDED:
        return Expiry.TAKEN
    is_coming = state is ProviderState.UNDER_WAY and not intent.flag
    return Expiry.UNDER_WAY if is_coming else None
