from datetime import datetime, timedelta
from uuid import UUID

from apps.orders import selectors
from apps.orders.states import UNPAID
from apps.shared.db import joins_transaction
from apps.shop import selectors as shop


@joins_transaction
def shorten_expiry(*, order_id: UUID, now: datetime) -> None:
    """An unpaid order holds its stock for as long as a new one would, from now; one that is paid,
    closed, or ends sooner is left alone.

    Raises OrderNotFound.
    """
    order = selectors.order_for_update(order_id=order_id)
    until = now + timedelta(minutes=shop.shop_settings().order_expiry_minutes)
    if order.status in UNPAID and order.expires_at > until:
        order.expires_at = until
        order.save(update_fields=["expires_at"])
