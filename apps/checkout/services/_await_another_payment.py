from datetime import datetime
from uuid import UUID

from apps.orders import services as orders
from apps.payments import selectors as payments
from apps.shared.db import joins_transaction


@joins_transaction
def await_another_payment(*, order_id: UUID, now: datetime) -> None:
    """What a shopper had agreed to is void: the order waits as long as a new one for a payment.

    One whose next payment is agreed to already is left alone. Raises OrderNotFound.
    """
    standing = payments.standing_intent(order_id=order_id)
    if standing is None or not standing.amount_capturable:
        orders.shorten_expiry(order_id=order_id, now=now)
